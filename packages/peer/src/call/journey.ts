import {
  HitherError,
  IDEMPOTENCY_KEY_MAX_BYTES,
  requestFault,
  type Answer,
  type Body,
  type ByteStream,
  type CallHeader,
  type CallProgress,
  type CallTrailer,
  type CID,
  type Clock,
  type ErrorCode,
  type Headers,
  type Links,
  type PeerId,
  type Placement,
  type Proof,
  type PublisherId,
  type Random,
  type Receipt,
  type RequestHead,
  type ResponseHead,
  type Route,
  type ServeOptions,
} from '@hither/core'
import type { Scores } from '@hither/router'
import type { Attempt, CallParams } from '../api.ts'
import type { Functions } from '../functions.ts'
import type { Joining } from '../network.ts'
import type { KeptReceipts } from '../receipts.ts'
import type { KeptStories } from '../stories.ts'
import type { Resolved, Resolver } from '../resolve.ts'
import type { Foreseen } from '../serve/expect.ts'
import type { Timers } from '../timers.ts'
import type { Deadline, Deadlines } from './deadline.ts'
import type { KeyedCalls } from './keyed.ts'
import type { Presence } from './presence.ts'
import type { RequestBody } from './request-body.ts'
import { traceOf } from './trace.ts'
import type { Wants } from './wants.ts'
import type { WaitingRoom } from './waiting.ts'

export interface CallComponents {
  links: Links
  joining: Joining
  resolver: Resolver
  functions: Functions
  /** Petnames of publishers. */
  aliases: ReadonlyMap<string, PublisherId>
  placement: Pick<Placement, 'observe' | 'route' | 'knows' | 'isAlone'>
  receipts: KeptReceipts
  stories: KeptStories
  waiting: WaitingRoom
  keyed: KeyedCalls
  timers: Timers
  deadlines: Deadlines
  presence: Presence
  /** Holds predictions against what happened. */
  scores: Scores
  random: Random
  /** A new call's id. */
  newId(): string
  /** A call of this function is likely to be sent to this very peer. */
  expect(call: Foreseen): void
  /** Sends a call to a peer, which may be this very one: there it may wait for `waitMs` where it would be refused. */
  send(peer: PeerId, header: CallHeader, body: Body, options: ServeOptions): Promise<Answer>
  now: Clock
  /** Ms since 1970. */
  wallClock: Clock
}

/** A host as URLs have it, maybe with a port: nothing that could be a path, a query or a user. */
const AUTHORITY = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** One call while it lasts. */
export interface Journey {
  /** The call's id. */
  call: string
  resolved: Resolved
  header: Omit<CallHeader, 'remainingMs'>
  body: RequestBody
  /** What a receipt must name the request by; undefined before it was sent, and of a streamed one. */
  requestHash?: Uint8Array | undefined
  wants: Wants
  /** What its repetitions are known by, where they may run on one runner only. */
  replayKey?: string
  /** After how long its caller wants a second copy, or none; undefined where that is the router's affair. */
  hedge: number | false | undefined
  /** A second copy was sent. */
  hedged: boolean
  /** What the last attempt failed with, where its handler may have run. */
  after: HitherError | undefined
  startedAt: number
  deadline: Deadline
  attempts: Attempt[]
  /** Who is not to be asked again for now, and what each said. */
  tried: Map<PeerId, Said>
  patience: Patience
  resolveMs: number
  /** Sum over all attempts. */
  routeMs: number
  onProgress: (event: CallProgress) => void
}

/** What kept a runner from taking the call. */
export interface Said {
  code: ErrorCode
  message: string
  /** What would help, by its own word. */
  fix?: string
  /** When it may have a place, by its own word, in ms. */
  retryAfterMs?: number
}

/** How long a call waits for a place. */
interface Patience {
  /** Undefined where its caller said nothing. */
  readonly waitMs: number | undefined
  /** Its number in the line, and since when it has one. */
  place?: { number: number; since: number }
  /** Whom its caller was last told to be waiting for. */
  told?: string
}

/** A route that has somewhere to go. */
export type ChosenRoute = Route & { choice: PeerId }

/** A trailer that lacks nothing. */
export interface CompleteTrailer {
  metrics: CallTrailer['metrics']
  replayed: boolean | undefined
  /** What its receipt says that it took. */
  said: Pick<Receipt, 'runMs' | 'cpuMs'>
  proof: Proof
}

/** How an answer ended, and how long that was after it was asked for, in ms. */
export interface Ended {
  trailer: CompleteTrailer
  ms: number
}

/** An answer whose head is here. A whole one was checked; a streamed one is checked when it was read to its end. */
export interface BegunAnswer {
  head: ResponseHead
  body: Uint8Array | ByteStream
  /** Of a streamed one to come. Rejects with what broke the answer; may be left alone. */
  end: Ended | Promise<Ended>
}

/** What every attempt of a call sends, but for the time that is left. Throws `usage`. */
export function requestHeader(params: CallParams, { cid, publisher, name }: Resolved): Journey['header'] {
  const path = params.path ?? '/'
  if (!path.startsWith('/')) {
    throw new HitherError('usage', `the path "${path}" does not start with "/"`, { fix: `use /${path}` })
  }
  const { headers = [] } = params
  const head: RequestHead = {
    method: (params.method ?? 'GET').toUpperCase(),
    url: `http://${hostIn(headers) ?? hostOf(cid, publisher, name)}${path}`,
    headers,
  }
  const fault = requestFault(head)
  if (fault !== undefined) throw new HitherError('usage', fault)
  checkKey(params.idempotencyKey)
  const header: Journey['header'] = { cid, hop: 0, url: head.url, method: head.method, headers }
  if (name !== undefined) header.name = name.slice(name.indexOf('/') + 1)
  if (publisher !== undefined) header.publisher = publisher
  if (params.idempotencyKey !== undefined) header.idempotencyKey = params.idempotencyKey
  const trace = traceOf(headers)
  if (trace !== undefined) header.trace = trace
  return header
}

/** Who calls without types may give anything. */
function checkKey(key: unknown): void {
  if (key === undefined) return
  if (typeof key === 'string' && Buffer.byteLength(key) <= IDEMPOTENCY_KEY_MAX_BYTES) return
  throw new HitherError('usage', 'the idempotency key is none', {
    why: typeof key === 'string' ? `it has ${Buffer.byteLength(key)} bytes` : `it is a ${typeof key}, not a text`,
    fix: `give a text of at most ${IDEMPOTENCY_KEY_MAX_BYTES} bytes`,
  })
}

/** Whoever asked over HTTP named a host, with its port: what the handler makes of `request.url` must lead back there. */
function hostIn(headers: Headers): string | undefined {
  const host = headers.find(([field]) => field.toLowerCase() === 'host')?.[1]
  return host !== undefined && AUTHORITY.test(host) ? host : undefined
}

/** The host that a browser on this machine would use for the function. */
function hostOf(cid: CID, publisher: PublisherId | undefined, name: string | undefined): string {
  const label = name?.slice(name.indexOf('/') + 1)
  return label === undefined ? `${cid.toString()}.localhost` : `${label}.${publisher}.localhost`
}
