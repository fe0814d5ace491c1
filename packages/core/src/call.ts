import type { CID } from './cid.ts'
import { ERROR_TEXT_MAX_CHARS, type WireError } from './errors.ts'
import type { RequestHead } from './http.ts'
import type { PublisherId } from './keys.ts'
import { CALL_MAX_MS } from './limits.ts'
import type { Receipt } from './receipt.ts'
import type { Proof } from './seal.ts'
import type { SealPlace } from './seal-tree.ts'
import { TIERS, type Tier } from './jail.ts'
import { Shape } from './shape.ts'

/** What opens a call on the wire. */
export interface CallHeader extends RequestHead {
  cid: CID
  /** Whose function the caller takes it for. A runner believes only a signed record that it has itself. */
  publisher?: PublisherId
  /** Of which of the publisher's names, where it was called by one: a name's secrets are for calls by that name. Believed likewise. */
  name?: string
  /** What is left of the deadline, in ms: never a clock reading, since no two clocks agree. */
  remainingMs: number
  /** Lets the call be repeated on the same runner, which then replays its answer. */
  idempotencyKey?: string
  /** How often the call was passed on. */
  hop: number
  /** W3C trace context, as the caller's `traceparent` has it. */
  trace?: string
}

/** How a run went, measured by the runner. All in ms except where said. */
export interface RunMetrics {
  /** Finding and fetching manifest and bundle; 0 when they were here. */
  fetchMs: number
  /** Waiting for a slot. */
  queueMs: number
  /** Getting an isolate with the function loaded; 0 when it was warm. */
  startMs: number
  /** From the request's entry into the isolate to the end of the answer. */
  runMs: number
  /** Processor time in the isolate. */
  cpuMs: number
  cold: boolean
}

/** What a run costs that did not take place. */
export const NO_RUN: RunMetrics = { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 0, cpuMs: 0, cold: false }

/** What ends an answer. An answer without it is a failure, however complete it looks. */
export interface CallTrailer {
  metrics: RunMetrics
  /** The answer to an earlier call with the same idempotency key: nothing ran this time, and the metrics are zeros. */
  replayed?: boolean
  /** Present exactly when the call succeeded. */
  receipt?: Receipt
  /** What makes the receipt worth keeping. It comes a moment after the answer, by itself; rejects where it does not. */
  seal?: Promise<SealPlace>
  /** In place of both where a peer runs its own call: of most calls nobody wants to see them. */
  proof?: Proof
  error?: WireError
  /** How long the body was that came on a stream of its own: less than this is no whole answer. */
  streamedBytes?: number
}

/** What a runner says of itself, on heartbeats and at the end of calls: a hint, corrected by what callers measure. */
export interface RunnerState {
  /** It takes work now: its owner's policy permits and it is not draining. A free slot is a matter of `busy`. */
  accepting: boolean
  /** Calls that it runs at once. */
  slots: number
  busy: number
  queued: number
  /** How many times quicker its machine is than a usual one. Absent where it does not know; what callers measure corrects it. */
  speed?: number
  /** What it asks, in ms, for the congestion it sees: added to every prediction about it. */
  priceMs: number
  /** `listed`: it runs code of chosen publishers only. */
  admits: 'anyone' | 'listed'
  /** How hard its jail is. */
  tier: Tier
  /** What its owner says of it: `gpu`, `shop-7`. Absent where that is nothing. */
  labels?: string[]
  /** What its jail grants to functions that need it. */
  grants: string[]
  /** What it lends to one function at most, in MB. Absent where it says nothing of that. */
  memoryMb?: number
  /** Functions that are warm, three bytes of digest each, most recent first. */
  warm: Uint8Array
}

/** Labels that an owner may give a runner, and how long one may be. */
export const LABELS_MAX = 16
export const LABEL_PATTERN: RegExp = /^[a-z0-9][a-z0-9._=-]{0,62}$/

/**
 * Functions named in one state, and how much of each digest names it: 128 hints are 384 bytes. What is
 * cold is taken for warm by chance once in 100,000 times, and costs a cold start then. In simulation at 20 calls a second and peer, half as
 * many of eight bytes made p50 2 % longer and control traffic a sixth more.
 */
export const WARM_HINTS_MAX = 128
export const WARM_HINT_BYTES = 3

/** The bytes by which states name a warm function. */
export function warmHint(cid: CID): Uint8Array {
  return cid.multihash.digest.subarray(0, WARM_HINT_BYTES)
}

/** Asked of each candidate of each call, so it makes nothing: nearly all hints differ in the first byte. */
export function saysWarm({ warm }: RunnerState, cid: CID): boolean {
  const { digest } = cid.multihash
  const first = digest[0]
  for (let at = 0; at < warm.length; at += WARM_HINT_BYTES) {
    if (warm[at] !== first) continue
    let same = 1
    while (same < WARM_HINT_BYTES && warm[at + same] === digest[same]) same++
    if (same === WARM_HINT_BYTES) return true
  }
  return false
}

export function readMetrics(value: unknown): RunMetrics {
  const shape = new Shape(value, 'metrics')
  const ms = (field: string): number => shape.number(field, 0, Number.MAX_SAFE_INTEGER)
  return {
    fetchMs: ms('fetchMs'),
    queueMs: ms('queueMs'),
    startMs: ms('startMs'),
    runMs: ms('runMs'),
    cpuMs: ms('cpuMs'),
    cold: shape.boolean('cold'),
  }
}

export function readError(value: unknown): WireError {
  const shape = new Shape(value, 'the error')
  return {
    code: shape.string('code', 64),
    message: shape.string('message', ERROR_TEXT_MAX_CHARS),
    ...(shape.has('why') && { why: shape.string('why', ERROR_TEXT_MAX_CHARS) }),
    ...(shape.has('fix') && { fix: shape.string('fix', ERROR_TEXT_MAX_CHARS) }),
    ...(shape.has('data') && { data: shape.map('data') }),
  }
}

/** What a runner can say: calls, and how many times quicker it is than a usual machine. */
const STATE_COUNT_MAX = 1_000_000
const SPEED_MAX = 1000

/** As others can read it: calls that last for hours make a price beyond all bounds, and what a peer says of itself must not fail for that. */
export function sayableState(state: RunnerState): RunnerState {
  const { slots, busy, queued, priceMs, speed, memoryMb } = state
  const count = (value: number): number => Math.floor(within(value, STATE_COUNT_MAX))
  return {
    ...state,
    slots: count(slots),
    busy: count(busy),
    queued: count(queued),
    priceMs: within(priceMs, CALL_MAX_MS),
    ...(speed !== undefined && { speed: within(speed, SPEED_MAX) }),
    ...(memoryMb !== undefined && { memoryMb: within(memoryMb, Number.MAX_SAFE_INTEGER) }),
  }
}

function within(value: number, max: number): number {
  return Number.isNaN(value) ? 0 : Math.min(max, Math.max(0, value))
}

/** Throws `bad-message`. */
export function readState(value: unknown): RunnerState {
  const shape = new Shape(value, 'the runner state')
  const count = (field: string): number => shape.integer(field, 0, STATE_COUNT_MAX)
  return {
    accepting: shape.boolean('accepting'),
    slots: count('slots'),
    busy: count('busy'),
    queued: count('queued'),
    priceMs: shape.number('priceMs', 0, CALL_MAX_MS),
    ...(shape.has('speed') && { speed: shape.number('speed', 0, SPEED_MAX) }),
    admits: shape.oneOf('admits', ['anyone', 'listed']),
    tier: shape.oneOf('tier', TIERS),
    ...(shape.has('labels') && { labels: readLabels(shape) }),
    grants: shape.strings('grants', 16, 64),
    ...(shape.has('memoryMb') && { memoryMb: shape.number('memoryMb', 0, Number.MAX_SAFE_INTEGER) }),
    warm: shape.bytes('warm', WARM_HINTS_MAX * WARM_HINT_BYTES),
  }
}

function readLabels(shape: Shape): string[] {
  const labels = shape.strings('labels', LABELS_MAX, 63)
  const wrong = labels.find((label) => !LABEL_PATTERN.test(label))
  if (wrong !== undefined) throw shape.refuse(`"labels" has "${wrong}", which cannot be one`)
  return labels
}
