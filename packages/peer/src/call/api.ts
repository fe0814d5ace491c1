import type {
  Body,
  CallProgress,
  ErrorCode,
  Headers,
  PeerId,
  Prediction,
  Route,
  RunMetrics,
  SealedReceipt,
  Standing,
  Tier,
} from '@hither/core'

export interface CallParams {
  /** `name`, `petname/name`, `publisher/name` or a CID. */
  target: string
  method?: string
  /** Path and query, from `/`. */
  path?: string
  headers?: Headers
  /** A stream is read as far as its runner asks; what it throws ends the call with that. */
  body?: Body
  /** All attempts together end by then, the answer's body included. By default as long as the function may take, else 30 s. */
  deadlineMs?: number
  /**
   * Of calls with the same one, and the same request, one runs: a repetition goes to the runner that had the first, which answers it again.
   * `no-runner` where that runner cannot take it.
   */
  idempotencyKey?: string
  /**
   * What peers say of its name is kept on disk. Of a call that this machine's owner did not ask for, as the clients of a gateway do,
   * it is better only used, unless its publisher is trusted or has a petname: such names have no end.
   *
   * @default true
   */
  keepName?: boolean
  /**
   * How long it may wait in all, inside its deadline, for a place at a runner. Where the caller says so, also for one that volunteers.
   *
   * @default 1 s while all who could run it are full, and until its deadline where that is this machine alone; else 0
   */
  waitMs?: number
  /**
   * Where the call should run if any of them can take it now: peer ids, `label:gpu`, `tier:filtered` (or harder), or `publisher:KEY`,
   * by petname too: a machine that this publisher says is theirs.
   */
  prefer?: string[]
  /** Where it must not run, said in the same way; of a tier, that and all weaker ones. */
  avoid?: string[]
  /** What its runner must be, all of it, said in the same way. */
  require?: string[]
  /** Labels that its runner must have, all of them, by its owner's word. */
  labels?: string[]
  /** Runs only where the jail is this hard, or harder, by the runner's own word. */
  tier?: Tier
  /**
   * After how long without an answer a second copy is sent to another runner, in ms; or `false`: never. Only where the call may be
   * repeated, its body is no stream, and not too many are sent already.
   *
   * @default when most calls of the function would have been answered, while that does no harm
   */
  hedge?: number | false
}

/** Where the time of a call went, in ms. They add up to `totalMs`. */
export interface CallPhases {
  resolveMs: number
  /** Choosing a runner, waiting for one to appear, and what else passes before the call is sent. */
  routeMs: number
  /** Attempts that came to nothing; 0 where the first was answered. */
  retriesMs: number
  /** On the way there and back. */
  networkMs: number
  /** On the runner: finding the function, waiting for a slot, starting, running. */
  fetchMs: number
  queueMs: number
  startMs: number
  runMs: number
  totalMs: number
}

export interface Attempt {
  peer: PeerId
  predictedMs: number
  ms: number
  outcome: 'answered' | ErrorCode
  message?: string
  /** It was a second copy, beside the one before. */
  hedge?: true
  /** How often it ended so, where the call waited for this runner and asked again; `ms` is of the last. */
  times?: number
}

/** An answer, from its head on. */
export interface CallResult {
  /** The call's id, by which its receipt is found. */
  call: string
  status: number
  headers: Headers
  /** Ends in peace only where the answer was whole; reading throws what broke it. Leaving a stream early cancels the call. */
  body: Body
  cid: string
  /** `publisher/name`, where it was called by name. */
  name?: string
  /** How far the record behind the name can be relied on: its age, and whether anybody confirmed it. */
  record?: Standing
  /** Who runs it. */
  peer: PeerId
  address?: string
  rttMs?: number
  route: Route
  attempts: Attempt[]
  /** Resolves when the body was read to its end, rejects with what broke it; may be left alone. */
  ended: Promise<void>
  /** How it went, once it has ended. Asked for only where it is wanted: for that a receipt is signed. Rejects as `ended` does. */
  report: Promise<CallReport>
}

/** What is known of a call when its answer has ended. */
export interface CallReport {
  cold: boolean
  phases: CallPhases
  metrics: RunMetrics
  /** Its receipt, or why there is none that could be shown to others: the answer is whole all the same. */
  receipt: SealedReceipt | { unsealed: string }
  /** The runner gave the answer to an earlier call with the same idempotency key; nothing ran this time. */
  replayed: boolean
}

/** A call with all that is known of it, its body in memory. */
export type CompleteCall = Omit<CallResult, 'body' | 'ended' | 'report'> & CallReport & { body: Uint8Array }

/** One step of a call, and when it happened, in ms from the call's start. */
export interface CallStep {
  atMs: number
  event: CallProgress
}

/** How a call went, and why so, as its caller keeps it. */
export interface CallStory {
  call: string
  target: string
  method: string
  path: string
  /** What it was a part of, as W3C's `traceparent` says it. */
  trace?: string
  /** Of the function, once it was known. */
  cid?: string
  name?: string
  /** When it began, by this machine's clock, ms since 1970. */
  time: number
  ms: number
  outcome: 'answered' | ErrorCode
  message?: string
  /** Of a failure, as the caller was told; cut where it is long. */
  why?: string
  fix?: string
  /** Who answered it. */
  peer?: PeerId
  /** The steps as `onProgress` tells them, of each decision with the best candidates; the last where there were many. */
  steps: CallStep[]
  attempts: Attempt[]
  /** Of an answered one: what was predicted of who answered it, and what it took. */
  predicted?: Prediction
  phases?: CallPhases
}

/** A receipt as the caller keeps it. */
export interface KeptReceipt extends SealedReceipt {
  call: string
  cid: string
  name?: string
  /** When the answer ended, by this machine's clock, ms since 1970. */
  time: number
}
