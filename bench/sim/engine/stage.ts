import type { Calls } from '../calls.ts'
import type { World } from '../world/world.ts'
import type { Machines } from './machines.ts'
import type { Outcome } from './outcome.ts'
import type { Policy } from './policy.ts'

/** What happens at a time, and to what: an attempt, a call, or a runner. */
export const EVENT = {
  ARRIVES: 0,
  ENDS: 1,
  RETURNS: 2,
  FAILS: 3,
  CANCELS: 4,
  ASKS: 5,
  HEDGES: 6,
  PUBLISHES: 7,
  HAPPENS: 8,
  EXPIRES: 9,
} as const

/** What the callers and the runners of a policy's world share. */
export interface Stage {
  readonly world: World
  readonly calls: Calls
  readonly policy: Policy
  readonly machines: Machines
  readonly outcome: Outcome
  /** Half a round trip of a call to a runner, in ms. */
  wayMs(call: number, runner: number): number
  /** `kind`: one of `EVENT`. */
  push(at: number, kind: number, subject: number): void
  /** The same of an attempt, whose number is kept for it. */
  pushFor(attempt: number, at: number, kind: number): void
}
