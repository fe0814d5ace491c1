import {
  BODY_MAX_BYTES,
  decodeCallHeader,
  encodeState,
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
import {
  CALLS_MAX_PER_LINK,
  GOODBYE_MAX_MS,
  LINK_BUFFER_BYTES,
  LINK_BUFFER_MAX_BYTES,
  SILENCE_MS,
  SMALL_FRAMES_MAX_BYTES,
} from '../../limits.ts'
import type { Timers } from '../../timers.ts'
import { answerParcel, errorParcel, failureParcel, refusalParcel } from './answer.ts'
import { body, type Body } from './body.ts'
import { broken, FRAME, isNewer } from './frames.ts'
import { frameStream, type FrameStream } from './frame-stream.ts'
import { pack, type Parcel } from './parcel.ts'

export interface CallServerInit {
  duplex: Duplex
  /** Who calls. */
  from: PeerId
  services: Pick<Services, 'call' | 'state'>
  /** What the bodies of requests may hold on all links. */
  memory: Budget
  now: Clock
  timers: Timers
  /** A frame came, whichever. */
  heard(): void
  /** A call came. */
  called(): void
  ended(why?: Error): void
}

/** The runner's end of a call stream. */
export interface CallServer {
  /** Calls that are coming in or running. */
  readonly inFlight: number
  /** Refuses new calls from now on. Resolves when all others are answered and the stream has taken the answers, or is over. */
  drain(): Promise<void>
  /** Resolves when the caller has read all that the stream took, it broke, or time is up: less where nobody waits there. */
  close(withinMs?: number): Promise<void>
}

export function callServer(init: CallServerInit): CallServer {
  return new StreamServer(init)
}

interface Open {
  header: CallHeader
  body: Body
  abort: AbortController
  /** By our own clock; only requests that are still coming in are held to it, running ones are the runner's. */
  deadline: number
  running: boolean
}

class StreamServer implements CallServer {
  private readonly init: CallServerInit
  private readonly stream: FrameStream
  private readonly open = new Map<number, Open>()
  private readonly idle: Condition = condition(() => this.open.size === 0)
  private draining = false
  private lastId = 0
  private lastHeard = -Infinity
  /** Bytes of requests. */
  private heldBytes = 0
  /** Stays set when a request is whole: most are at once, and would only set it and call it off. */
  private readonly deadlines: Alarm

  constructor(init: CallServerInit) {
    this.init = init
    this.deadlines = alarm({ ...init, ring: () => this.sweep() })
    this.stream = frameStream(init.duplex, {
      frame: (frame) => this.receive(frame),
      end: (why) => this.end(why),
    })
  }

  get inFlight(): number {
    return this.open.size
  }

  async drain(): Promise<void> {
    this.draining = true
    for (const [id, call] of this.open) if (!call.running) this.refuse(id, draining())
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
    this.init.heard()
    switch (type) {
      case FRAME.CALL:
        return this.begin(id, payload)
      case FRAME.DATA:
        return this.data(id, payload)
      case FRAME.END:
        return this.complete(id)
      case FRAME.CANCEL:
        return this.cancel(id)
      case FRAME.PING:
        return this.pong(id)
      default:
        throw broken(`a caller sends no frames of type ${type}`)
    }
  }

  private begin(id: number, payload: Uint8Array): void {
    if (!isNewer(id, this.lastId)) throw broken(`call ${id} comes twice or too late`)
    if (payload.length > HEADER_MAX_BYTES) throw broken(`a call's header has ${payload.length} bytes`)
    this.lastId = id
    this.init.called()
    if (this.draining) return this.refuse(id, draining())
    let header: CallHeader
    try {
      header = decodeCallHeader(payload)
    } catch (thrown) {
      // The frames around it are whole, so only this call suffers.
      return this.refuse(id, toHitherError(thrown))
    }
    if (this.open.size >= CALLS_MAX_PER_LINK) return this.refuse(id, busy(`it has ${CALLS_MAX_PER_LINK} calls here`))
    if (this.heldBytes + this.stream.outbox.waitingBytes >= LINK_BUFFER_BYTES) {
      return this.refuse(id, busy('it has not read the answers to earlier calls'))
    }
    const deadline = this.init.now() + header.remainingMs
    this.open.set(id, { header, body: body(), abort: new AbortController(), deadline, running: false })
    this.deadlines.ringAt(deadline)
  }

  private data(id: number, payload: Uint8Array): void {
    const call = this.receiving(id)
    if (payload.length === 0) throw broken('a body has an empty frame')
    if (call === undefined) return
    if (call.body.length + payload.length > BODY_MAX_BYTES) {
      const why = `a body has at most ${BODY_MAX_BYTES} bytes`
      return this.refuse(id, new HitherError('too-large', "the request's body is too large", { why }))
    }
    if (this.heldBytes + payload.length > LINK_BUFFER_BYTES) {
      return this.refuse(id, busy('its calls hold too much memory here'))
    }
    if (!this.init.memory.take(payload.length))
      return this.refuse(id, busy('the calls of all hold too much memory here'))
    call.body.add(payload)
    this.heldBytes += payload.length
  }

  private complete(id: number): void {
    const call = this.receiving(id)
    if (call !== undefined) void this.run(id, call)
  }

  /** Never rejects. */
  private async run(id: number, call: Open): Promise<void> {
    call.running = true
    const { services, from } = this.init
    let reply: Parcel
    try {
      const answer = await services.call(from, call.header, call.body.bytes(), { signal: call.abort.signal })
      const waiting = this.heldBytes + this.stream.outbox.waitingBytes + answer.body.length
      if (waiting > LINK_BUFFER_MAX_BYTES) throw new HitherError('result-too-large', 'the caller does not read')
      reply = answerParcel(id, answer, services.state())
    } catch (thrown) {
      reply = failureParcel(id, thrown, services.state())
    }
    this.open.delete(id)
    this.release(call)
    if (!call.abort.signal.aborted) this.reply(reply)
    this.idle.check()
  }

  private cancel(id: number): void {
    const call = this.known(id)
    if (call === undefined) return
    call.abort.abort(new HitherError('cancelled', 'the caller gave up'))
    // What runs keeps its place until it has really stopped.
    if (!call.running) this.forget(id, call)
  }

  private pong(id: number): void {
    const state = this.init.services.state()
    const payload = state === undefined ? new Uint8Array(0) : encodeState(state)
    this.reply(pack(id, [{ type: FRAME.PONG, id, payload }]), 'now')
  }

  /** Ends requests that are still coming in at their deadline. */
  private sweep(): void {
    const now = this.init.now()
    for (const [id, call] of this.open) {
      if (call.running) continue
      if (call.deadline > now) this.deadlines.ringAt(call.deadline)
      else this.expire(id, call)
    }
  }

  private expire(id: number, call: Open): void {
    this.forget(id, call)
    const error = new HitherError('timeout', 'the deadline passed before the request was complete')
    this.reply(errorParcel(id, error, this.init.services.state()))
  }

  private refuse(id: number, error: HitherError): void {
    const call = this.open.get(id)
    if (call !== undefined) this.forget(id, call)
    this.reply(refusalParcel(id, error, this.init.services.state()))
  }

  private reply(reply: Parcel, when: 'now' | 'soon' = this.open.size === 0 ? 'now' : 'soon'): void {
    const { outbox } = this.stream
    if (outbox.smallBytes > SMALL_FRAMES_MAX_BYTES) return this.stream.abort(broken('it asks and does not read'))
    outbox.send(reply, when)
  }

  /** The call of a frame that continues one; undefined for what crossed a refusal on the way. */
  private known(id: number): Open | undefined {
    const call = this.open.get(id)
    if (call === undefined && isNewer(id, this.lastId)) throw broken(`call ${id} goes on before it began`)
    return call
  }

  private receiving(id: number): Open | undefined {
    const call = this.known(id)
    if (call?.running === true) throw broken(`call ${id} goes on after its end`)
    return call
  }

  /** Of a request that does not run. */
  private forget(id: number, call: Open): void {
    if (this.open.delete(id)) this.release(call)
  }

  private release(call: Open): void {
    this.heldBytes -= call.body.length
    this.init.memory.giveBack(call.body.length)
  }

  private end(why?: Error): void {
    const gone = new HitherError('cancelled', 'the caller is gone', { cause: why })
    this.deadlines.stop()
    for (const call of this.open.values()) {
      call.abort.abort(gone)
      // What runs holds its body until it has really stopped.
      if (!call.running) this.release(call)
    }
    this.open.clear()
    this.idle.check()
    this.init.ended(why)
  }
}

function draining(): HitherError {
  return new HitherError('draining', 'this peer is about to stop')
}

function busy(why: string): HitherError {
  return new HitherError('busy', 'this peer takes no more calls from the caller for now', { why })
}
