import {
  decodeRefusal,
  encodeCallHeader,
  FleetingMap,
  HEADER_MAX_BYTES,
  HitherError,
  type Answer,
  type Body,
  type CallHeader,
  type Coordinate,
  type Frame,
  type PeerId,
  type RunnerState,
} from '@hither/core'
import { condition, type Condition } from '../../condition.ts'
import type { Duplex } from '../../duplex.ts'
import { abortError, unreachable } from '../../errors.ts'
import type { Timers } from '../../timers.ts'
import type { Meter } from '../../traffic.ts'
import type { Opening } from '../body/opening.ts'
import { isShort } from './answer.ts'
import { broken, FRAME, isNewer, PING_SAYS } from './frames.ts'
import { frameStream, type FrameStream } from './frame-stream.ts'
import { kits, type Kits } from './kits.ts'
import { said, type Said } from './news.ts'
import { pack, type Parcel } from './parcel.ts'
import { PendingCall, type CallerLink } from './pending-call.ts'
import { seals, type Seals } from './seals.ts'

export interface CallerInit {
  duplex: Duplex
  /** Who is called. */
  peer: PeerId
  /** A call begins, or ends. */
  used(): void
  /** The answer to the ping of this number. With the place that the peer says it has. */
  pong(id: number, place: Coordinate | undefined): void
  /** What the peer says of itself, also where it says the same again; undefined: it is no runner. */
  said(state: RunnerState | undefined): void
  /** Whether to ask for adverts with the ping of this number: if so, with whom one need not be told of. */
  asksAdverts(ping: number): Uint8Array | undefined
  /** Whether this peer makes calls, and wants to hear what is new without asking. */
  listens(): boolean
  /** What the peer knows of others. Throws `bad-message`. */
  adverts(payload: Uint8Array): void
  meter: Meter
  timers: Timers
  /** The stream is over, and with it all its calls. */
  ended(why?: Error): void
}

/** The caller's end of a call stream. */
export interface Caller {
  /** Calls whose answers are not here as a whole. */
  readonly inFlight: number
  /** As `Links.call` says. */
  call(header: CallHeader, body: Body, signal?: AbortSignal): Promise<Answer>
  /** The runner opened a stream for a body. */
  take(opening: Opening, duplex: Duplex): void
  /** Resolves when none of the calls waits for any of its answer, or for its signature. */
  answered(): Promise<void>
  /** As `Links.kit` says. */
  kit: Kits['ask']
  ping(id: number): void
  close(): void
  abort(why: Error): void
}

export function caller(init: CallerInit): Caller {
  return new StreamCaller(init)
}

const NOTHING = new Uint8Array(0)

class StreamCaller implements Caller {
  private readonly init: CallerInit
  private readonly stream: FrameStream
  private readonly pending = new FleetingMap<number, PendingCall>()
  private readonly idle: Condition = condition(() => this.pending.size === 0 && this.seals.settled)
  private readonly link: CallerLink
  private readonly said: Said = said()
  readonly kit: Kits['ask']
  private readonly seals: Seals
  private readonly kits: Kits
  private isMeasured = false
  /** What it said of itself was not told yet. */
  private isNews = false
  private lastId = 0
  private over = false

  constructor(init: CallerInit) {
    this.init = init
    this.seals = seals(init.timers, () => this.idle.check())
    this.kits = kits({ ...init, send: (id, payload) => this.say(FRAME.WANT_KIT, id, payload) })
    this.kit = this.kits.ask
    this.link = {
      peer: init.peer,
      owed: (id) => this.seals.owed(id),
      ends: () => this.ends(),
      heard: (news) => this.heard(news),
      say: (type, id, payload) => this.say(type, id, payload),
      done: (id, parcel) => this.forget(id, parcel),
    }
    this.stream = frameStream(init.duplex, init.meter, {
      frame: (frame) => this.receive(frame),
      end: (why) => this.end(why),
    })
  }

  get inFlight(): number {
    return this.pending.size
  }

  call(header: CallHeader, body: Body, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.init.used()
      if (signal?.aborted === true) throw abortError(signal)
      if (this.over) throw unreachable(this.init.peer, 'the link to it has just ended')
      const head = encodeCallHeader(header)
      if (head.length > HEADER_MAX_BYTES) throw tooLarge('URL and headers', head.length, HEADER_MAX_BYTES)
      const id = (this.lastId = (this.lastId + 1) >>> 0)
      const parcel = requestParcel(id, head, body)
      const alone = this.pending.size === 0
      const request = isShort(body) ? undefined : body
      this.pending.set(id, new PendingCall({ link: this.link, parcel, request, signal, resolve, reject }))
      this.stream.outbox.send(parcel, alone ? 'now' : 'soon')
    })
  }

  take(opening: Opening, duplex: Duplex): void {
    const call = this.pending.get(opening.id)
    if (call === undefined) duplex.abort(new Error('no call waits for it'))
    else call.take(opening, duplex)
  }

  answered(): Promise<void> {
    return this.idle.holding()
  }

  ping(id: number): void {
    const knows = this.init.asksAdverts(id)
    const says = (this.init.listens() ? PING_SAYS.listens : 0) | (knows === undefined ? 0 : PING_SAYS.asksAdverts)
    this.say(FRAME.PING, id, says === 0 ? NOTHING : Uint8Array.of(says, ...(knows ?? [])))
  }

  close(): void {
    void this.stream.close()
  }

  abort(why: Error): void {
    this.stream.abort(why)
  }

  private receive(frame: Frame): void {
    switch (frame.type) {
      case FRAME.PONG:
        this.said.news(frame.payload)
        this.isMeasured = true
        this.init.pong(frame.id, this.said.place)
        return this.tell()
      case FRAME.NEWS:
        this.said.news(frame.payload)
        this.isNews = true
        // The first may be here before the answer to the first ping: how far it is matters before what it is.
        if (this.isMeasured) this.tell()
        return
      case FRAME.ADVERTS:
        return this.init.adverts(frame.payload)
      case FRAME.SEAL:
        return frame.payload.length === 0 ? this.seals.refused(frame.id) : this.seals.came(frame.payload)
      case FRAME.KIT:
        return this.kits.came(frame.id, frame.payload)
      case FRAME.HEAD:
      case FRAME.DATA:
      case FRAME.STREAM:
      case FRAME.TRAILER:
      case FRAME.REFUSED:
        return this.answer(frame)
      default:
        throw broken(`a runner sends no frames of type ${frame.type}`)
    }
  }

  private answer({ type, id, payload }: Frame): void {
    const call = this.pending.get(id)
    if (call !== undefined) return call.receive(type, payload)
    if (isNewer(id, this.lastId)) throw broken(`it answers call ${id}, which was never made`)
    // Else it crossed our CANCEL on the way. What a refusal says of its runner counts all the same: what comes next builds on it.
    if (type === FRAME.REFUSED) this.heard(decodeRefusal(payload).rest)
  }

  /** What is new of it. Throws `bad-message`. */
  private heard(news: Uint8Array): void {
    this.said.news(news)
    this.tell()
  }

  private tell(): void {
    this.isNews = false
    this.init.said(this.said.state)
  }

  /** What came ahead of an answer's end is told with it at the latest. */
  private ends(): void {
    if (this.isNews) this.tell()
  }

  private forget(id: number, parcel: Parcel): void {
    this.pending.delete(id)
    this.stream.outbox.drop(parcel)
    this.init.used()
    this.idle.check()
  }

  private say(type: number, id: number, payload: Uint8Array = NOTHING): void {
    this.stream.outbox.send(pack(id, [{ type, id, payload }]), 'now')
  }

  private end(why?: Error): void {
    this.over = true
    for (const call of this.pending.values()) call.lose(why)
    this.kits.end()
    this.seals.end(
      new HitherError('link-lost', 'the link ended before the signature of the receipt came', { cause: why }),
    )
    this.idle.check()
    this.init.ended(why)
  }
}

/** Long bodies, and those that come piece by piece, are sent when the runner asks for them. */
function requestParcel(id: number, head: Uint8Array, body: Body): Parcel {
  const opening = { type: FRAME.CALL, id, payload: head }
  if (isShort(body)) return pack(id, [opening], body, [{ type: FRAME.END, id, payload: NOTHING }])
  return pack(id, [opening, { type: FRAME.STREAM, id, payload: NOTHING }])
}

function tooLarge(what: string, bytes: number, limit: number): HitherError {
  return new HitherError('too-large', `the ${what} has ${bytes} bytes`, {
    why: `the limit is ${limit}`,
    fix: 'send less, or send a link to it',
  })
}
