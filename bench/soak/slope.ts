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
