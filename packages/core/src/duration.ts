const UNITS = { ms: 1, s: 1000, m: 60_000 } as const

/** As long as a timer can be, in ms: one that is to be longer rings at once. */
export const TIMER_MAX_MS: number = 2 ** 31 - 1

/** A time as people write it, such as `500ms`, `30s` or `2m`, in ms; undefined for any other text, for none at all, and for more than 24 days. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(ms|s|m)$/.exec(text) ?? []
  const ms = Number(number) * UNITS[unit as keyof typeof UNITS]
  return ms > 0 && ms <= TIMER_MAX_MS ? ms : undefined
}

/** The same, or `off`, which is 0. */
export function parseDurationOrOff(text: string): number | undefined {
  return text === 'off' ? 0 : parseDuration(text)
}
