/** How fast something rises or falls, and how far off that may be: a straight line through all samples (least squares). */
export interface Slope {
  perMinute: number
  /** Standard error. Samples of one process resemble each other, so the truth is rather wider. */
  error: number
}

export interface Sample {
  atMs: number
  value: number
}

/** Undefined of fewer than three. */
export function slopeOf(samples: readonly Sample[]): Slope | undefined {
  const count = samples.length
  if (count < 3) return undefined
  const minutes = samples.map(({ atMs }) => atMs / 60_000)
  const meanX = minutes.reduce((all, one) => all + one, 0) / count
  const meanY = samples.reduce((all, { value }) => all + value, 0) / count
  let spread = 0
  let common = 0
  for (const [at, { value }] of samples.entries()) {
    const x = (minutes[at] ?? 0) - meanX
    spread += x * x
    common += x * (value - meanY)
  }
  const perMinute = common / spread
  const rest = samples.reduce((all, { value }, at) => {
    const off = value - meanY - perMinute * ((minutes[at] ?? 0) - meanX)
    return all + off * off
  }, 0)
  return { perMinute, error: Math.sqrt(rest / (count - 2) / spread) }
}

/** So long a garbage collector may take its time: the soak's own has peers collect twice as often. */
const WINDOW_MS = 30_000

/** The least of each window: what a process keeps, without the garbage that it has not yet collected. */
export function floorsOf(samples: readonly Sample[]): Sample[] {
  const floors = new Map<number, Sample>()
  for (const sample of samples) {
    const window = Math.floor(sample.atMs / WINDOW_MS)
    const least = floors.get(window)
    if (least === undefined || sample.value < least.value) floors.set(window, sample)
  }
  return [...floors.values()]
}

/** A slope is one where it is this many standard errors from none, and MB/min that would matter in a day. */
const ERRORS = 3
const MATTERS_PER_MINUTE = 0.05

/**
 * Whether what a process keeps rises on and on: all the time, and in the second half of it as well. Of what is filled once, such as the
 * third process that a busy minute brings, the one is true and not the other; of a leak both.
 */
export function growing(floors: readonly Sample[]): boolean {
  return [floors, floors.slice(Math.floor(floors.length / 2))].every((part) => {
    const slope = slopeOf(part)
    return slope !== undefined && slope.perMinute > Math.max(ERRORS * slope.error, MATTERS_PER_MINUTE)
  })
}
