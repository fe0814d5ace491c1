/** Failures, apart by whether something that the soak itself did explains them. */
export interface Tally {
  done: Record<string, number>
  explained: Record<string, number>
  unexplained: Record<string, number>
  /** Calls that were not made, since too many were under way. */
  heldBack: number
}

export interface Tallies {
  did(what: string): void
  heldBack(): void
  failed(what: string, thrown: unknown): void
  /** A runner is killed now: until it has come back and a moment longer, calls may find it gone. */
  disturbed(): void
  calm(): void
  readonly tally: Tally
}

/** What whoever was cut off is told; anything else is a fault of hither, whenever it happens. */
const OF_A_KILL = new Set(['link-lost', 'peer-unreachable', 'no-runner', 'timeout', 'busy'])

/** As many calls at once as it takes are refused some of them. */
export const OF_A_RUSH: ReadonlySet<string> = new Set(['busy'])

/** After a runner is back, those who look for it have it again. */
const SETTLE_MS = 5_000

/** @param expected Codes that need no kill to explain them. */
export function tallies(now: () => number, expected: ReadonlySet<string> = new Set()): Tallies {
  const tally: Tally = { done: {}, explained: {}, unexplained: {}, heldBack: 0 }
  let disturbed = false
  let until = -Infinity
  const count = (where: Record<string, number>, what: string): void => void (where[what] = (where[what] ?? 0) + 1)
  return {
    tally,
    did: (what) => count(tally.done, what),
    heldBack: () => void tally.heldBack++,
    failed(what, thrown) {
      const code = (thrown as { code?: string } | undefined)?.code ?? 'none'
      const explained = expected.has(code) || ((disturbed || now() < until) && OF_A_KILL.has(code))
      const said = thrown instanceof Error ? thrown.message : String(thrown)
      count(explained ? tally.explained : tally.unexplained, `${what}: ${code}: ${said}`)
    },
    disturbed: () => void (disturbed = true),
    calm() {
      disturbed = false
      until = now() + SETTLE_MS
    },
  }
}
