import type { Engine } from './engine.ts'

export const NOBODY = -1

/** In place of a runner: the call is not repeated, and its last failure stands. */
export const GIVES_UP = -2

/** Decides for every caller of a world whom to ask. What it learns of runners it learns by what travels: late. */
export interface Policy {
  /** Once, before the first call. */
  begin?(engine: Engine): void
  /** Whom to ask for a call, of those not tried in this round; `NOBODY` to wait. `again`: after a failure. */
  choose(call: number, tried: readonly number[], now: number, again: boolean): number
  /** Whom to send a second copy. */
  second?(call: number, tried: readonly number[], now: number): number
  /** Asked after `choose`: when a second copy would be worth it, in ms; never, where undefined. */
  hedgeAfterMs?(): number | undefined
  /** Asked after `choose` found nobody: how long to wait, in ms. */
  retryAfterMs?(): number | undefined
  sent?(attempt: number, now: number, again: boolean): void
  /** Now an answer or a refusal leaves its runner: what that says of itself goes with it. */
  leaves?(attempt: number, now: number): void
  /** It is here. False: it was found to be wrong, and is no answer. */
  answered?(attempt: number, now: number): boolean
  refused?(attempt: number, now: number): void
  failed?(attempt: number, now: number, code: 'link-lost' | 'timeout'): void
  cancelled?(attempt: number, now: number): void
  /** The time has come for a runner to say how it is to all that listen. */
  publish?(runner: number, now: number): void
}
