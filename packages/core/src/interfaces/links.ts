import type { Body, ByteStream } from '../body.ts'
import type { CallHeader, CallTrailer, RunnerState } from '../call.ts'
import type { ResponseHead } from '../http.ts'
import type { PeerId, PublisherId } from '../keys.ts'
import type { JoinProgress } from '../progress.ts'
import type { CID } from '../cid.ts'
import type { Coordinate } from '../coordinate.ts'
import type { Options } from './options.ts'
import type { Evidence } from './placement.ts'
import type { Job } from './runner.ts'

/** A connected peer that speaks hither. */
export interface Link {
  peer: PeerId
  /** Multiaddr of the other end. */
  address: string
  direction: 'inbound' | 'outbound'
  /** The last heartbeat's round trip, in ms; undefined before the first. */
  rttMs?: number
  /** What it last said of itself; undefined where it is no runner. */
  state?: RunnerState
}

/** Kinds of what is said on call streams: signs of life, what peers say of themselves, what they say of others, and calls. */
export type TrafficKind = 'beats' | 'states' | 'adverts' | 'calls'

/** Bytes of frames since the start, all links together; without what libp2p and TCP put around them. */
export interface Traffic {
  sent: Record<TrafficKind, number>
  received: Record<TrafficKind, number>
}

/** What happens on links, for whoever keeps the book of peers. */
export type LinkEvent =
  | { type: 'up'; peer: PeerId }
  | { type: 'down'; peer: PeerId; why: string }
  /** With the place that the peer says it has. */
  | { type: 'rtt'; peer: PeerId; ms: number; coordinate?: Coordinate }
  | { type: 'state'; peer: PeerId; state: RunnerState }
  /** A runner that there is no link to was heard of, in its own words of so long ago. A call to it makes the link. */
  | { type: 'advert'; peer: PeerId; coordinate: Coordinate; state: RunnerState; ageMs: number }
  /** What another caller measured of a runner, for those who might call it. */
  | ({ type: 'evidence'; by: PeerId } & Evidence)

/** An answer that is here with its trailer. Without `head` the call failed before it had one, and the trailer says how. */
export interface WholeAnswer {
  head?: ResponseHead
  body: Uint8Array
  trailer: CallTrailer
}

/**
 * An answer that has begun. Its body ends in peace only where a trailer without an error came after it; else reading it throws
 * why. Whoever does not read it to its end leaves the stream, which cancels the call.
 */
export interface StreamedAnswer {
  head: ResponseHead
  body: ByteStream
  /** Resolves once the body was read to its end; rejects with what the body throws, or was left with. */
  trailer: Promise<CallTrailer>
}

export type Answer = WholeAnswer | StreamedAnswer

/** What became of a record of secrets. Whoever shows one is told of the record that takes its place, where that is known. */
export interface SecretsTaken {
  kept: boolean
  newer?: Uint8Array
}

/** What a runner takes of a function that it does not have, as far as a peer has it and gives it away. */
export interface Kit {
  /** A record in which its publisher vouches for it, where one was asked for. Not verified yet. */
  voucher?: Uint8Array
  /** Its manifest, verified. */
  manifest?: Uint8Array
  /** Its bundle, verified, where that is short; a long one is asked for by itself, if it is not known already. */
  bundle?: Uint8Array
}

export interface ServeOptions extends Pick<Job, 'waitMs'> {
  signal: AbortSignal
}

/** What a peer does for others, one method per protocol. Throws HitherErrors, which cross the wire as their code. */
export interface Services {
  /**
   * Answers a call. Errors whose `retry` is `elsewhere` go out as refusals: nothing may have run, and none of a streamed body
   * was read. The signal holds until the answer's last byte. `waitMs` is as a job has it, for this peer's own calls.
   */
  call(from: PeerId, header: CallHeader, body: Body, options: ServeOptions): Promise<Answer>
  /** A block that may be given away, or a record by its own CID; undefined when it is not here. */
  block(from: PeerId, cid: CID): Promise<Uint8Array | undefined>
  /** How many bytes that is, without reading them: anybody may ask, and never read the answer. */
  blockSize(from: PeerId, cid: CID): Promise<number | undefined>
  /** The newest record of a name, as bytes; undefined when it is not known. */
  name(from: PeerId, publisher: PublisherId, name: string): Promise<Uint8Array | undefined>
  /** What it takes to run a function, with a record of this publisher's that vouches for it. */
  kit(from: PeerId, cid: CID, publisher?: PublisherId): Promise<Kit>
  /** The statement of whose machine this is; undefined where it has none. */
  owner?(from: PeerId): Promise<Uint8Array | undefined>
  /** Someone announces a record; `kept` says that its function is stored here now too. */
  announce(from: PeerId, record: Uint8Array): Promise<{ kept: boolean }>
  /** Whether functions of a publisher may run here. */
  admits(from: PeerId, publisher: PublisherId): Promise<boolean>
  /** Whether this peer's owner named another one, or whose it is: for those is kept what strangers may not fill. */
  knows?(peer: PeerId): boolean
  /** Takes a record of secrets, where it concerns this peer. */
  secrets(from: PeerId, record: Uint8Array): Promise<SecretsTaken>
  /** What to say of oneself on heartbeats; undefined for a peer that is no runner. */
  state(): RunnerState | undefined
  /** Where one is, to be said on heartbeats. */
  coordinate?(): Coordinate
  /** Runners that are worth a link, among those that were heard of. */
  wants?(): PeerId[]
  /** What own calls showed of runners that others should know of. */
  evidence?(): Evidence[]
}

/** The network as a peer sees it: who is connected, and one method per protocol to ask them. */
export interface Links {
  readonly self: PeerId
  /** Where others can reach this peer, with its id. */
  addresses(): string[]
  /** Where this machine itself listens, whatever others are told. */
  listening(): string[]
  list(): Link[]
  /** Undefined where there is none to it. */
  get(peer: PeerId): Link | undefined
  /** Links on their way: whoever was dialled has answered, or the link is up and not measured yet. */
  rising(): number
  /** Throws `port-in-use`. */
  start(services: Services): Promise<void>
  /**
   * For up to `graceMs` (default 0: at once) calls in either direction come to their end, their answers read to the last byte,
   * while new calls are refused as `draining`; resolves as soon as that is done. A second stop ends the wait of the first.
   */
  stop(options?: { graceMs?: number }): Promise<void>
  /** Connects to an address and keeps to it: if it breaks, it is tried again with growing pauses. Resolves at the first connection. */
  join(address: string, options?: Options<JoinProgress>): Promise<PeerId>
  /** Says on every link at once what of `Services.state` is new and matters to callers, as heartbeats do later anyway. */
  tell(): void
  traffic(): Traffic
  /** Returns how to stop listening. */
  listen(listener: (event: LinkEvent) => void): () => void

  /**
   * Sends a call and waits for its answer, after making a link to a runner that was only heard of: whole with its trailer, or streamed from its head on. Throws the runner's refusal;
   * `peer-unreachable` when it certainly was not sent; `link-lost` when it may have run; `bad-answer`; `cancelled` or `timeout`
   * by the signal, which holds until the answer's last byte, and the runner is told. What a streamed request throws ends the
   * call with that; a runner that has read enough of it leaves the stream.
   */
  call(peer: PeerId, header: CallHeader, body: Body, options?: Options): Promise<Answer>
  /** Verified. Undefined when the peer does not have it. Throws `bad-block`, `peer-unreachable`. */
  block(peer: PeerId, cid: CID, options?: Options): Promise<Uint8Array | undefined>
  name(peer: PeerId, publisher: PublisherId, name: string, options?: Options): Promise<Uint8Array | undefined>
  /** One question, beside the calls, for what would be three on streams of their own. Throws `bad-block`, `bad-answer`, `peer-unreachable`. */
  kit(peer: PeerId, cid: CID, publisher?: PublisherId, options?: Options): Promise<Kit>
  /** Its statement of whose machine it is, not verified yet. */
  owner(peer: PeerId, options?: Options): Promise<Uint8Array | undefined>
  announce(peer: PeerId, record: Uint8Array, options?: Options): Promise<{ kept: boolean }>
  admits(peer: PeerId, publisher: PublisherId, options?: Options): Promise<boolean>
  secrets(peer: PeerId, record: Uint8Array, options?: Options): Promise<SecretsTaken>
}
