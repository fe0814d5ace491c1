import type { RunMetrics, RunnerState } from '../call.ts'
import type { Coordinate } from '../coordinate.ts'
import type { PeerId, PublisherId } from '../keys.ts'
import type { CID } from '../cid.ts'
import type { ErrorCode } from '../errors.ts'
import type { Whom } from '../whom.ts'

/** What was seen or said, from which the book of peers is kept. */
export type Observation =
  | { type: 'up'; peer: PeerId }
  | { type: 'down'; peer: PeerId }
  /** A round trip with nothing in it: a heartbeat, or a call's total less the runner's own time. With the place that the peer said it has. */
  | { type: 'rtt'; peer: PeerId; ms: number; coordinate?: Coordinate }
  | { type: 'state'; peer: PeerId; state: RunnerState }
  /** Whose machine a peer is, by a statement that was verified. */
  | { type: 'owner'; peer: PeerId; publisher: PublisherId }
  /** What others say of a peer that one has no link to: where it is, what it offers, how old that word is. */
  | { type: 'advert'; peer: PeerId; coordinate: Coordinate; state: RunnerState; ageMs: number }
  /** `hedge`: a second copy of a call that is under way elsewhere. `retry`: a further try after a failure. Budgets are kept by these. */
  | { type: 'sent'; peer: PeerId; cid: CID; hedge?: boolean; retry?: boolean }
  /** The head of a streamed answer is here, and its body comes: its end may be long in coming without anything being wrong. */
  | { type: 'began'; peer: PeerId; cid: CID }
  /** Ends a `sent`, as do the next three. `ms`: from sending to the answer's end, as the caller measured it. */
  | { type: 'answered'; peer: PeerId; cid: CID; metrics: RunMetrics; ms?: number }
  | { type: 'refused'; peer: PeerId; cid: CID; publisher?: PublisherId; code: ErrorCode; retryAfterMs?: number }
  | { type: 'failed'; peer: PeerId; cid: CID; code: ErrorCode }
  /** The caller wanted it no longer: another copy was first, or its own caller left. It took `ms` until then without an answer. */
  | { type: 'cancelled'; peer: PeerId; cid: CID; ms: number }
  /** An answer of this peer was found to be wrong, or its receipt does not fit what was measured. */
  | { type: 'caught'; peer: PeerId; why: string }
  /** What another caller measured of a peer, as far as receipts show it: its calls there, and how many times slower it was than it said. */
  | ({ type: 'evidence'; by: PeerId } & Evidence)

/** What a caller measured of a runner, for other callers: they weigh it by how far this caller was right before. */
export interface Evidence {
  peer: PeerId
  /** Calls that it rests on. */
  calls: number
  /** How many times longer they took than it said that they would: 1 is an honest runner. */
  slower: number
  /** Answers that were found to be wrong. */
  wrong: number
  /** How long ago the newest of what it rests on was seen, in ms. */
  ageMs: number
}

export interface RouteQuery {
  cid: CID
  publisher?: PublisherId
  /** What the manifest needs of a jail, as far as it is known here. */
  needs: readonly string[]
  /** Peers already tried in this call. */
  tried: ReadonlySet<PeerId>
  /** Where the caller wants the call to run, if any of these can take it now. */
  prefer?: readonly Whom[]
  /** Where it must not run. */
  avoid?: readonly Whom[]
  /** What its runner must be, all of it. */
  require?: readonly Whom[]
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
  /** The failure after which this is a further try of the same call; absent at the first, and after a refusal. */
  after?: ErrorCode
}

/** The predicted time until the answer is complete, by part, in ms. */
export interface Prediction {
  /** The round trip, and the body's way. */
  networkMs: number
  /** Waiting for a slot. */
  queueMs: number
  /** What the runner asks for its congestion: no time that this call takes, but one that it would cost others. */
  priceMs: number
  /** Fetching the bundle, where the runner lacks it. */
  transferMs: number
  coldMs: number
  serviceMs: number
  /** What is added for answers that failed to come of late. */
  penaltyMs: number
  totalMs: number
}

export interface Candidate {
  peer: PeerId
  predicted: Prediction
  /** Its answers were late by far: as long as others will do, it is not tried again for so many ms. */
  restMs?: number
}

export interface Skipped {
  peer: PeerId
  /** In words. */
  why: string
  /** What it said no with, where that is why: of late, or to all that ask. */
  code?: ErrorCode
}

/** The decision for one attempt, with its reasons. */
export interface Route {
  choice?: PeerId
  /** Nobody but the choice could take the call, also when it is less busy: others are down, offer nothing, or may not run it. */
  alone?: true
  /** Where the call may run twice: send a second copy if no answer has come in so many ms. Absent where that would do harm, or no good. */
  hedgeAfterMs?: number
  /** Where there is no choice, or none but one that said no of late: when asking again may help, in ms. */
  retryAfterMs?: number
  /** There is no choice since too many calls were repeated of late, as happens where a failure is not one runner's: the last failure stands. */
  overBudget?: true
  /** Best first. */
  candidates: Candidate[]
  /** Who was left out. */
  skipped: Skipped[]
}

/** Decides where calls go. Pure: what it knows it was told, and the time is an argument (ms, never going back). */
export interface Placement {
  observe(observation: Observation, now: number): void
  route(query: RouteQuery, now: number): Route
  /** Nobody else is known to take work: what is routed goes to this peer, if anywhere. */
  isAlone(peer: PeerId): boolean
  /** It was met, or heard of, and is not forgotten. */
  knows(peer: PeerId): boolean
  /** Where one is oneself, by the round trips so far. */
  coordinate(): Coordinate
  /**
   * Runners whose state is worth hearing often, and to have a link to, the most wanted first: some two dozen at most, however many
   * are known. Whom it was told of by adverts alone may be among them.
   */
  wants(now: number): PeerId[]
  /** What own calls showed of runners that others should know too, the most telling first, and few. */
  evidence(now: number): Evidence[]
}
