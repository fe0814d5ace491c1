import type { RunMetrics, RunnerState } from '../call.ts'
import type { PeerId, PublisherId } from '../keys.ts'
import type { CID } from '../cid.ts'
import type { ErrorCode } from '../errors.ts'
import type { Tier } from '../jail.ts'

/** What was seen or said, from which the book of peers is kept. */
export type Observation =
  | { type: 'up'; peer: PeerId }
  | { type: 'down'; peer: PeerId }
  /** A round trip with nothing in it: a heartbeat, or a call's total less the runner's own time. */
  | { type: 'rtt'; peer: PeerId; ms: number }
  | { type: 'state'; peer: PeerId; state: RunnerState }
  | { type: 'sent'; peer: PeerId; cid: CID }
  /** Ends a `sent`, as do the next two. */
  | { type: 'answered'; peer: PeerId; cid: CID; metrics: RunMetrics }
  | { type: 'refused'; peer: PeerId; cid: CID; publisher?: PublisherId; code: ErrorCode }
  | { type: 'failed'; peer: PeerId; cid: CID; code: ErrorCode }

export interface RouteQuery {
  cid: CID
  publisher?: PublisherId
  /** What the manifest needs of a jail, as far as it is known here. */
  needs: readonly string[]
  /** Peers already tried in this call. */
  tried: ReadonlySet<PeerId>
  /** Peers that the caller wants the call to run on, if any of them can take it now. */
  prefer?: readonly PeerId[]
  /** Peers that it must not run on. */
  avoid?: readonly PeerId[]
  /** How hard the jail must be, at the least. */
  tier?: Tier
}

/** The predicted time until the answer is complete, by part, in ms. */
export interface Prediction {
  networkMs: number
  queueMs: number
  coldMs: number
  serviceMs: number
  /** What is added for answers that failed to come of late. */
  penaltyMs: number
  totalMs: number
}

export interface Candidate {
  peer: PeerId
  predicted: Prediction
}

/** The decision for one attempt, with its reasons. */
export interface Route {
  choice?: PeerId
  /** Best first. */
  candidates: Candidate[]
  /** Who was left out, and why, in words. */
  skipped: { peer: PeerId; why: string }[]
}

/** Decides where calls go. Pure: what it knows it was told, and the time is an argument (ms, never going back). */
export interface Placement {
  observe(observation: Observation, now: number): void
  route(query: RouteQuery, now: number): Route
}
