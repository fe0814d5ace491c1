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

/** So long a garbage collector may take its time: the soak's own has peers collect a dozen times as often, and nobody has sandbox processes. */
const WINDOW_MS = 180_000

/** The least of each whole window: what a process keeps, without the garbage that it has not yet collected. */
export function floorsOf(samples: readonly Sample[]): Sample[] {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return []
  const floors: Sample[] = []
  for (let from = first.atMs; from + WINDOW_MS <= last.atMs; from += WINDOW_MS) {
    const within = samples.filter(({ atMs }) => atMs >= from && atMs < from + WINDOW_MS)
    const least = within.toSorted((a, b) => a.value - b.value)[0]
    if (least !== undefined) floors.push(least)
  }
  return floors
}

/**
 * A slope is one where it is so many standard errors from none, by how many samples there are beyond two, and so much a minute that it would
 * matter in a day. By chance one in twenty is (Student, one-sided). Two errors of four samples are one in eleven, and of the six that twenty minutes have one in eighteen:
 * of the eight processes of a soak two or three soaks would blame one.
 */
const ERRORS = [6.31, 2.92, 2.35, 2.13]
const ERRORS_OF_MORE = 2.02
/** Of memory in MB. */
export const MATTERS_MB = 0.1
/** Of descriptors: one in ten minutes. */
export const MATTERS_DESCRIPTORS = 0.1

/**
 * Whether what a process keeps rises on and on: all the time, and in the second half of it as well. Of what is filled once, such as the
 * third process that a busy minute brings, the one is true and not the other; of a leak both. Undefined: it was watched for too short a time.
 */
export function growing(floors: readonly Sample[], mattersPerMinute: number): boolean | undefined {
  const whole = slopeOf(floors)
  const [first] = floors.slice(Math.floor(floors.length / 2))
  const last = floors.at(-1)
  if (whole === undefined || first === undefined || last === undefined) return undefined
  const errors = ERRORS[floors.length - 3] ?? ERRORS_OF_MORE
  const rises = whole.perMinute > Math.max(errors * whole.error, mattersPerMinute)
  const still = last.value - first.value
  return rises && still > (mattersPerMinute * (last.atMs - first.atMs)) / 60_000
}
