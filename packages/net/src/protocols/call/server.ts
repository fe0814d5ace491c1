import {
  decodeCallHeader,
  HEADER_MAX_BYTES,
  HitherError,
  toHitherError,
  type CallHeader,
  type Clock,
  type Frame,
  type PeerId,
  type Services,
} from '@hither/core'
import { alarm, type Alarm } from '../../alarm.ts'
import type { Budget } from '../../budget.ts'
import { condition, type Condition } from '../../condition.ts'
import type { Duplex } from '../../duplex.ts'
import { GOODBYE_MAX_MS } from '../../limits/connections.ts'
import { SILENCE_MS } from '../../limits/heartbeat.ts'
import type { Timers } from '../../timers.ts'
import type { Meter } from '../../traffic.ts'
import type { BodyStreams } from '../body/streams.ts'
import { errorParcel } from './answer.ts'
import { answering, type Answering } from './answering.ts'
import { broken, decodeLength, FRAME, PING_SAYS } from './frames.ts'
import { frameStream, type FrameStream } from './frame-stream.ts'
import { endOf, openCalls, type OpenCall, type OpenCalls } from './open-calls.ts'
import { giver } from './kits.ts'
import { teller } from './news.ts'
import { pack } from './parcel.ts'
import { draining, tooSlow } from './refusals.ts'
import { replies, type Replies } from './replies.ts'
import { requestBody } from './request-body.ts'

export interface CallServerInit {
  duplex: Duplex
  /** Who calls. */
  from: PeerId
  services: Pick<Services, 'call' | 'kit' | 'state' | 'coordinate'>
  /** Where bodies flow that come or go on streams of their own. */
  bodies: BodyStreams
  /** What requests of this caller may hold. */
  memory: Budget
  now: Clock
  timers: Timers
  /** A call came. */
  called(): void
  /** A ping came; whether its sender listens to what is new. */
  pinged(listens: boolean): void
  /** What the caller, which asks, should know of others; undefined: nothing. */
  adverts(knows: Uint8Array): Uint8Array | undefined
  ended(why?: Error): void
  meter: Meter
}

/** The runner's end of a call stream. */
export interface CallServer {
  /** Calls that are coming in or running. */
  readonly inFlight: number
  /** Says what is new of this peer; gives how many bytes that took. */
  tell(): number
  /** Refuses new calls from now on. Resolves when all others are answered and the stream has taken the answers, or is over. */
  drain(): Promise<void>
  /** Resolves when the caller has read all that the stream took, it broke, or time is up: less where nobody waits there. */
  close(withinMs?: number): Promise<void>
}

export function callServer(init: CallServerInit): CallServer {
  return new StreamServer(init)
}

class StreamServer implements CallServer {
  private readonly init: CallServerInit
  private readonly stream: FrameStream
  private readonly calls: OpenCalls
  private readonly replies: Replies
  private readonly idle: Condition = condition(() => this.calls.size === 0 && this.answering.owed === 0)
  private readonly answering: Answering
  private readonly give: (id: number, question: Uint8Array) => void
  private draining = false
  private lastHeard = -Infinity
  /** Stays set when a request is whole: most are at once, and would only set it and call it off. */
  private readonly deadlines: Alarm

  constructor(init: CallServerInit) {
    this.init = init
    this.calls = openCalls(init.memory)
    this.deadlines = alarm({ ...init, ring: () => this.sweep() })
    this.stream = frameStream(init.duplex, init.meter, {
      ahead: () => this.replies.ahead(),
      frame: (frame) => this.receive(frame),
      end: (why) => this.end(why),
    })
    this.replies = replies({
      stream: this.stream,
      teller: teller(init),
      adverts: (knows) => init.adverts(knows),
      idle: () => this.calls.size === 0,
    })
    this.answering = answering({
      ...init,
      calls: this.calls,
      replies: this.replies,
      flows: (call) => this.deadlines.ringAt(endOf(call)),
      over: () => this.idle.check(),
    })
    this.give = giver({
      ...init,
      send: (id, payload) => this.replies.send(pack(id, [{ type: FRAME.KIT, id, payload }])),
    })
  }

  get inFlight(): number {
    return this.calls.size
  }

  tell(): number {
    return this.replies.tell()
  }

  async drain(): Promise<void> {
    this.draining = true
    for (const [id, call] of this.calls) if (!call.running) this.refuse(id, draining())
    await this.idle.holding()
    await this.stream.outbox.emptied()
  }

  close(withinMs = GOODBYE_MAX_MS): Promise<void> {
    // Who waits for an answer pings every second. Who was silent for longer has gone, or waits for nothing.
    const waits = this.init.now() - this.lastHeard < SILENCE_MS
    return this.stream.close(waits ? withinMs : GOODBYE_MAX_MS)
  }

  private receive({ type, id, payload }: Frame): void {
    this.lastHeard = this.init.now()
    switch (type) {
      case FRAME.CALL:
        return this.begin(id, payload)
      case FRAME.DATA:
        return this.data(id, payload)
      case FRAME.STREAM:
        return this.streamed(id)
      case FRAME.END:
        return this.complete(id, payload)
      case FRAME.CANCEL:
        return this.cancel(id)
      case FRAME.PING:
        this.init.pinged(((payload[0] ?? 0) & PING_SAYS.listens) !== 0)
        return this.replies.pong(id, payload)
      case FRAME.WANT_KIT:
        return this.give(id, payload)
      default:
        throw broken(`a caller sends no frames of type ${type}`)
    }
  }

  private begin(id: number, payload: Uint8Array): void {
    this.calls.announce(id)
    if (payload.length > HEADER_MAX_BYTES) throw broken(`a call's header has ${payload.length} bytes`)
    this.init.called()
    if (this.draining) return this.refuse(id, draining())
    let header: CallHeader
    try {
      header = decodeCallHeader(payload)
    } catch (thrown) {
      // The frames around it are whole, so only this call suffers.
      return this.refuse(id, toHitherError(thrown))
    }
    const call = this.calls.begin(id, header, payload.length, this.init.now(), this.stream.outbox)
    if (call instanceof HitherError) this.refuse(id, call)
    else this.deadlines.ringAt(endOf(call))
  }

  private data(id: number, payload: Uint8Array): void {
    const call = this.calls.receiving(id)
    if (payload.length === 0) throw broken('a body has an empty frame')
    const refusal = call && this.calls.add(call, payload)
    if (refusal !== undefined) this.refuse(id, refusal)
  }

  private streamed(id: number): void {
    const call = this.calls.receiving(id)
    if (call === undefined) return
    const body = requestBody({ id, bodies: this.init.bodies })
    const refusal = this.calls.stream(call, body)
    if (refusal === undefined) void this.answering.run(id, call)
    else this.refuse(id, refusal)
  }

  private complete(id: number, payload: Uint8Array): void {
    const call = this.calls.known(id)
    if (call?.sent === true) throw broken(`call ${id} ends twice`)
    if (call === undefined) return
    call.sent = true
    if (call.stream === undefined) void this.answering.run(id, call)
    else call.stream.complete(decodeLength(payload))
  }

  private cancel(id: number): void {
    const call = this.calls.known(id)
    if (call !== undefined) this.stop(id, call, new HitherError('cancelled', 'the caller gave up'))
  }

  /** Ends what is late. */
  private sweep(): void {
    const now = this.init.now()
    for (const [id, call] of this.calls) {
      const end = endOf(call)
      if (end > now) this.deadlines.ringAt(end)
      else this.expire(id, call)
    }
  }

  private expire(id: number, call: OpenCall): void {
    // Nothing has run, and its caller may have time left.
    if (!call.running && call.deadline > this.init.now()) return this.refuse(id, tooSlow())
    const error = new HitherError('timeout', 'the deadline passed before all of it had come or gone')
    // Before its body breaks off, so that the caller knows why.
    this.replies.last(errorParcel(id, error), 'now')
    this.stop(id, call, error)
  }

  /** Nothing more is answered. What runs keeps its place until it has really stopped. */
  private stop(id: number, call: OpenCall, why: HitherError): void {
    call.abort.abort(why)
    call.stream?.fail(why)
    if (!call.running) this.calls.end(id, call)
  }

  private refuse(id: number, error: HitherError): void {
    const call = this.calls.get(id)
    if (call !== undefined) this.calls.end(id, call)
    this.replies.refuse(id, error)
  }

  private end(why?: Error): void {
    this.deadlines.stop()
    this.calls.abandon(new HitherError('cancelled', 'the caller is gone', { cause: why }))
    this.idle.check()
    this.init.ended(why)
  }
}
