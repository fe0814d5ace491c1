import {
  BODY_MAX_BYTES,
  decodeRefusal,
  decodeResponseHead,
  decodeState,
  decodeTrailer,
  encodeCallHeader,
  fromWire,
  HEADER_MAX_BYTES,
  HitherError,
  type Answer,
  type CallHeader,
  type Frame,
  type PeerId,
  type ResponseHead,
  type RunnerState,
} from '@hither/core'
import { condition, type Condition } from '../../condition.ts'
import type { Duplex } from '../../duplex.ts'
import { abortError, unreachable } from '../../errors.ts'
import { body, type Body } from './body.ts'
import { broken, FRAME, isNewer } from './frames.ts'
import { frameStream, type FrameStream } from './frame-stream.ts'
import { pack, type Parcel } from './parcel.ts'

export interface CallerInit {
  duplex: Duplex
  /** Who is called. */
  peer: PeerId
  /** A frame came, whichever. */
  heard(): void
  /** The answer to the ping of this number. */
  pong(id: number): void
  /** What the peer says of itself; undefined: it is no runner. */
  said(state: RunnerState | undefined): void
  /** The stream is over, and with it all its calls. */
  ended(why?: Error): void
}

/** The caller's end of a call stream. */
export interface Caller {
  readonly inFlight: number
  /** As `Links.call` says. */
  call(header: CallHeader, body: Uint8Array, signal?: AbortSignal): Promise<Answer>
  /** Resolves when none of the calls waits for its answer. */
  answered(): Promise<void>
  ping(id: number): void
  close(): void
  abort(why: Error): void
}

export function caller(init: CallerInit): Caller {
  return new StreamCaller(init)
}

interface Pending {
  parcel: Parcel
  head?: ResponseHead
  body: Body
  resolve(answer: Answer): void
  reject(error: HitherError): void
  /** Stops listening to the signal. */
  unlisten(): void
}

const NOTHING = new Uint8Array(0)

class StreamCaller implements Caller {
  private readonly init: CallerInit
  private readonly stream: FrameStream
  private readonly pending = new Map<number, Pending>()
  private readonly idle: Condition = condition(() => this.pending.size === 0)
  private lastId = 0
  private over = false

  constructor(init: CallerInit) {
    this.init = init
    this.stream = frameStream(init.duplex, {
      frame: (frame) => this.receive(frame),
      end: (why) => this.end(why),
    })
  }

  get inFlight(): number {
    return this.pending.size
  }

  async call(header: CallHeader, bytes: Uint8Array, signal?: AbortSignal): Promise<Answer> {
    if (signal?.aborted === true) throw abortError(signal)
    if (this.over) throw unreachable(this.init.peer, 'the link to it has just ended')
    const head = encodeCallHeader(header)
    if (head.length > HEADER_MAX_BYTES) throw tooLarge('URL and headers', head.length, HEADER_MAX_BYTES)
    if (bytes.length > BODY_MAX_BYTES) throw tooLarge("request's body", bytes.length, BODY_MAX_BYTES)
    return new Promise((resolve, reject) => {
      const id = (this.lastId = (this.lastId + 1) >>> 0)
      const opening = { type: FRAME.CALL, id, payload: head }
      const sent = pack(id, [opening], bytes, [{ type: FRAME.END, id, payload: NOTHING }])
      const onAbort = (): void => this.cancel(id, signal)
      signal?.addEventListener('abort', onAbort, { once: true })
      const unlisten = (): void => signal?.removeEventListener('abort', onAbort)
      const alone = this.pending.size === 0
      this.pending.set(id, { parcel: sent, body: body(), resolve, reject, unlisten })
      this.stream.outbox.send(sent, alone ? 'now' : 'soon')
    })
  }

  answered(): Promise<void> {
    return this.idle.holding()
  }

  ping(id: number): void {
    this.stream.outbox.send(pack(id, [{ type: FRAME.PING, id, payload: NOTHING }]), 'now')
  }

  close(): void {
    void this.stream.close()
  }

  abort(why: Error): void {
    this.stream.abort(why)
  }

  private receive(frame: Frame): void {
    this.init.heard()
    switch (frame.type) {
      case FRAME.PONG:
        this.init.pong(frame.id)
        return this.init.said(frame.payload.length === 0 ? undefined : decodeState(frame.payload))
      case FRAME.HEAD:
      case FRAME.DATA:
      case FRAME.TRAILER:
      case FRAME.REFUSED:
        return this.answer(frame)
      default:
        throw broken(`a runner sends no frames of type ${frame.type}`)
    }
  }

  private answer({ type, id, payload }: Frame): void {
    const call = this.pending.get(id)
    if (call === undefined) {
      if (isNewer(id, this.lastId)) throw broken(`it answers call ${id}, which was never made`)
      // Crossed our CANCEL on the way.
      return
    }
    if (type === FRAME.HEAD) this.head(call, payload)
    else if (type === FRAME.DATA) this.data(id, call, payload)
    else if (type === FRAME.TRAILER) this.trailer(id, call, payload)
    else this.refused(id, call, payload)
  }

  private head(call: Pending, payload: Uint8Array): void {
    if (call.head !== undefined) throw broken('an answer has two heads')
    if (payload.length > HEADER_MAX_BYTES) throw broken(`a head has ${payload.length} bytes`)
    call.head = decodeResponseHead(payload)
  }

  private data(id: number, call: Pending, payload: Uint8Array): void {
    if (call.head === undefined) throw broken('an answer has a body before its head')
    if (payload.length === 0) throw broken('a body has an empty frame')
    if (call.body.length + payload.length > BODY_MAX_BYTES) {
      const error = new HitherError('result-too-large', 'the answer is too large', {
        why: `a body has at most ${BODY_MAX_BYTES} bytes`,
      })
      return this.giveUp(id, call, error)
    }
    call.body.add(payload)
  }

  private trailer(id: number, call: Pending, payload: Uint8Array): void {
    const trailer = decodeTrailer(payload)
    const failed = trailer.error !== undefined
    if (failed ? trailer.receipt !== undefined : trailer.receipt === undefined || call.head === undefined) {
      throw broken('a trailer must have either an error or, after a head, a receipt')
    }
    this.settle(id, call)
    if (trailer.state !== undefined) this.init.said(trailer.state)
    call.resolve({ ...(call.head !== undefined && { head: call.head }), body: call.body.bytes(), trailer })
  }

  private refused(id: number, call: Pending, payload: Uint8Array): void {
    if (call.head !== undefined) throw broken('a call is refused after its answer began')
    const { error, state } = decodeRefusal(payload)
    this.settle(id, call)
    if (state !== undefined) this.init.said(state)
    call.reject(fromWire(error))
  }

  private cancel(id: number, signal: AbortSignal | undefined): void {
    const call = this.pending.get(id)
    if (call !== undefined && signal !== undefined) this.giveUp(id, call, abortError(signal))
  }

  /** Rejects at once, and tells the runner where it knows of the call. */
  private giveUp(id: number, call: Pending, error: HitherError): void {
    const told = call.parcel.state !== 'waiting'
    this.settle(id, call)
    if (told) this.stream.outbox.send(pack(id, [{ type: FRAME.CANCEL, id, payload: NOTHING }]), 'now')
    call.reject(error)
  }

  private settle(id: number, call: Pending): void {
    this.pending.delete(id)
    this.stream.outbox.drop(call.parcel)
    call.unlisten()
    this.idle.check()
  }

  private end(why?: Error): void {
    this.over = true
    const calls = [...this.pending.values()]
    this.pending.clear()
    for (const call of calls) {
      call.unlisten()
      call.reject(this.lossOf(call, why))
    }
    this.idle.check()
    this.init.ended(why)
  }

  /** Nothing runs before END: a call whose END was not handed over certainly did not run. */
  private lossOf({ parcel: { state } }: Pending, cause?: Error): HitherError {
    const { peer } = this.init
    if (state !== 'done') return unreachable(peer, 'the link ended before the call was sent', cause)
    if (cause instanceof HitherError && cause.code === 'bad-message') {
      return new HitherError('bad-answer', `${peer} answers with nonsense`, { why: cause.why ?? cause.message, cause })
    }
    return new HitherError('link-lost', `the link to ${peer} ended before its answer`, {
      why: cause?.message ?? 'it was closed',
      cause,
    })
  }
}

function tooLarge(what: string, bytes: number, limit: number): HitherError {
  return new HitherError('too-large', `the ${what} has ${bytes} bytes`, {
    why: `the limit is ${limit}`,
    fix: 'send less, or send a link to it',
  })
}
