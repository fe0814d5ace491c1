/** Of small calls, until V8 has compiled what is called: so many calls, or so long. */
export const WARM = { concurrency: 64, enough: 60_000 } as const
export const WARM_MS = { quick: 2_000, full: 15_000 } as const
