/** What happens to runners in a run, by its time: the same for all policies. */
export type Happening =
  /** `closes`: its links are closed, so that callers hear of it at once; else silence tells. */
  | { atMs: number; type: 'down'; runner: number; closes: boolean }
  | { atMs: number; type: 'up'; runner: number }
  /** From now on it takes so many times longer than before, and does not say so. */
  | { atMs: number; type: 'slow'; runner: number; factor: number }

export type Schedule = readonly Happening[]
