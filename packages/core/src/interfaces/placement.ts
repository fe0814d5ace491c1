import type { RunMetrics, RunnerState } from '../call.ts'
import type { Coordinate } from '../coordinate.ts'
import type { PeerId, PublisherId } from '../keys.ts'
import type { CID } from '../cid.ts'
import type { ErrorCode } from '../errors.ts'
import type { Tier } from '../jail.ts'

/** What was seen or said, from which the book of peers is kept. */
export type Observation =
  | { type: 'up'; peer: PeerId }
  | { type: 'down'; peer: PeerId }
  /** A round trip with nothing in it: a heartbeat, or a call's total less the runner's own time. With the place that the peer said it has. */
  | { type: 'rtt'; peer: PeerId; ms: number; coordinate?: Coordinate }
  | { type: 'state'; peer: PeerId; state: RunnerState }
  /** What others say of a peer that one has no link to: where it is, what it offers, how old that word is. */
  | { type: 'advert'; peer: PeerId; coordinate: Coordinate; state: RunnerState; ageMs: number }
  /** `hedge`: a second copy of a call that is under way elsewhere. */
  | { type: 'sent'; peer: PeerId; cid: CID; hedge?: boolean }
  /** Ends a `sent`, as do the next three. `ms`: from sending to the answer's end, as the caller measured it. */
  | { type: 'answered'; peer: PeerId; cid: CID; metrics: RunMetrics; ms?: number }
  | { type: 'refused'; peer: PeerId; cid: CID; publisher?: PublisherId; code: ErrorCode; retryAfterMs?: number }
  | { type: 'failed'; peer: PeerId; cid: CID; code: ErrorCode }
  /** The caller wanted it no longer: another copy was first, or its own caller left. It took `ms` until then without an answer. */
  | { type: 'cancelled'; peer: PeerId; cid: CID; ms: number }
  /** An answer of this peer was found to be wrong, or its receipt does not fit what was measured. */
  | { type: 'caught'; peer: PeerId; why: string }
  /** What another caller measured of a peer, as far as receipts show it: its calls there, and how many times slower it was than it said. */
  | { type: 'evidence'; by: PeerId; peer: PeerId; calls: number; slower: number; wrong: number }

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
  /** Labels that a runner must have, all of them. */
  labels?: readonly string[]
  /** What the function may use, in MB: a runner that lends less to one function cannot run it. */
  memoryMb?: number
  /** Size of what has to be sent with the call, in bytes; 0 where it is not known. */
  bodyBytes?: number
  /** Size of the bundle, in bytes, which a runner that lacks it has to fetch; undefined where it is not known. */
  bundleBytes?: number
  /** It may run twice: only such a call is ever given a time for a second copy. */
  repeatable?: boolean
  /** A second copy is asked for: somebody as good, or nobody. */
  hedge?: boolean
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
  /** Where the call may run twice: send a second copy if no answer has come in so many ms. Absent where that would do harm, or no good. */
  hedgeAfterMs?: number
  /** Where there is no choice, or none but one that said no of late: when asking again may help, in ms. */
  retryAfterMs?: number
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
