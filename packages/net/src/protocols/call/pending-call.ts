import {
  decodeRefusal,
  decodeResponseHead,
  decodeTrailer,
  fromWire,
  HEADER_MAX_BYTES,
  HitherError,
  WHOLE_BODY_MAX_BYTES,
  type Answer,
  type Body,
  type PeerId,
  type ResponseHead,
  type SealPlace,
} from '@hither/core'
import type { Duplex } from '../../duplex.ts'
import { abortError, unreachable } from '../../errors.ts'
import { growing } from '../../growing.ts'
import { BODY, type Opening } from '../body/opening.ts'
import { sendBody } from '../body/outgoing.ts'
import { answerReader, type AnswerReader } from './answer-reader.ts'
import { broken, encodeLength, FRAME } from './frames.ts'
import type { Parcel } from './parcel.ts'

/** What the calls of one stream share. */
export interface CallerLink {
  /** Who is called. */
  readonly peer: PeerId
  /** Sends a frame about a call. */
  say(type: number, id: number, payload?: Uint8Array): void
  /** A good answer is here, whose signature follows. */
  owed(id: number): Promise<SealPlace>
  /** An answer ends. */
  ends(): void
  /** What is new of it, with a refusal. Throws `bad-message`. */
  heard(news: Uint8Array): void
  /** A call needs the link no more. Told once. */
  done(id: number, parcel: Parcel): void
}

export interface PendingCallInit {
  link: CallerLink
  /** What was sent of it. */
  parcel: Parcel
  /** The request's body, where it is sent only when the runner asks for it. */
  request: Body | undefined
  signal: AbortSignal | undefined
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** A call that waits for its answer, or for the rest of one. */
export class PendingCall {
  private readonly init: PendingCallInit
  private head: ResponseHead | undefined
  /** The answer's body, where it comes in frames. */
  private readonly body = growing()
  /** The answer, where its body comes on a stream of its own, or that stream came before anything else. */
  private reader: AnswerReader | undefined
  private isStreamed = false
  /** Its last frame came. */
  private isEnded = false
  private isDone = false
  /** The request's body was asked for; aborts when it is wanted no more. */
  private sending: AbortController | undefined
  private readonly onAbort = ({ target }: Event): void => this.giveUp(abortError(target as AbortSignal))

  constructor(init: PendingCallInit) {
    this.init = init
    init.signal?.addEventListener('abort', this.onAbort, { once: true })
  }

  private get id(): number {
    return this.init.parcel.id
  }

  /** A frame of the answer. Throws `bad-message`. */
  receive(type: number, payload: Uint8Array): void {
    if (this.isEnded) throw broken('an answer goes on after its trailer')
    if (type === FRAME.HEAD) this.begin(payload)
    else if (type === FRAME.DATA) this.data(payload)
    else if (type === FRAME.STREAM) this.stream()
    else if (type === FRAME.TRAILER) this.end(payload)
    else this.refuse(payload)
  }

  /** A stream that the runner opened for a body. */
  take({ kind, framed }: Opening, duplex: Duplex): void {
    if (kind === BODY.REQUEST) void this.send(duplex)
    else this.readerHere().attach(duplex, framed)
  }

  /** The link is gone. */
  lose(cause?: Error): void {
    this.giveUp(this.lossOf(cause))
  }

  private begin(payload: Uint8Array): void {
    if (this.head !== undefined) throw broken('an answer has two heads')
    if (payload.length > HEADER_MAX_BYTES) throw broken(`a head has ${payload.length} bytes`)
    this.head = decodeResponseHead(payload)
  }

  private data(payload: Uint8Array): void {
    if (this.head === undefined) throw broken('an answer has a body before its head')
    if (payload.length === 0) throw broken('a body has an empty frame')
    if (this.isStreamed) return this.reader?.add(payload)
    if (this.body.length + payload.length > WHOLE_BODY_MAX_BYTES) throw broken('a long body comes in frames')
    this.body.add(payload)
  }

  private stream(): void {
    if (this.head === undefined) throw broken('an answer has a body before its head')
    if (this.isStreamed || this.body.length > 0) throw broken('a body comes twice')
    this.isStreamed = true
    this.init.resolve(this.readerHere().answer(this.head))
  }

  private end(payload: Uint8Array): void {
    const trailer = decodeTrailer(payload)
    const failed = trailer.error !== undefined
    if (failed ? trailer.receipt !== undefined : trailer.receipt === undefined || this.head === undefined) {
      throw broken('a trailer must have either an error or, after a head, a receipt')
    }
    if (!failed && this.isStreamed !== (trailer.streamedBytes !== undefined)) {
      throw broken('a trailer must have the length of a body that comes piece by piece, and of no other')
    }
    this.isEnded = true
    this.init.link.ends()
    if (!failed) trailer.seal = this.init.link.owed(this.id)
    if (this.isStreamed) return this.reader?.end(trailer)
    this.settle()
    const body = this.body.bytes()
    this.init.resolve(this.head === undefined ? { body, trailer } : { head: this.head, body, trailer })
  }

  private refuse(payload: Uint8Array): void {
    if (this.head !== undefined) throw broken('a call is refused after its answer began')
    if (this.sending !== undefined) throw broken('a call is refused after its body was asked for')
    const { error, rest } = decodeRefusal(payload)
    this.init.link.heard(rest)
    this.settle()
    this.init.reject(fromWire(error))
  }

  private readerHere(): AnswerReader {
    this.reader ??= answerReader({
      came: () => this.finish(),
      over: (why) => this.bodyOver(why),
    })
    return this.reader
  }

  /** Until the answer is handed over nobody else could tell its caller what broke its body. */
  private bodyOver(why?: { error: unknown }): void {
    if (why === undefined || this.isStreamed || this.isDone) this.cancel()
    else this.giveUp(why.error)
  }

  /** Sends the body of the request. Never rejects. */
  private async send(duplex: Duplex): Promise<void> {
    const { request } = this.init
    if (request === undefined || this.sending !== undefined) return duplex.abort(new Error('no body waits for it'))
    this.sending = new AbortController()
    const sent = await sendBody(request, duplex, this.sending.signal)
    if (sent.how === 'whole') this.init.link.say(FRAME.END, this.id, encodeLength(sent.bytes))
    else if (sent.how === 'failed') this.giveUp(sent.error)
  }

  /** The answer came whole, or was a no. */
  private settle(): void {
    this.finish()
    this.unlisten()
    this.reader?.fail(new Error('the answer is here without it'))
  }

  /** Rejects at once, and tells the runner where it knows of the call. */
  private giveUp(error: unknown): void {
    this.cancel()
    this.reader?.fail(error)
    this.init.reject(error)
  }

  /** Nobody waits for it any more. */
  private cancel(): void {
    this.unlisten()
    this.finish(this.init.parcel.state !== 'waiting' && !this.isEnded)
  }

  private finish(isCancelled = false): void {
    if (this.isDone) return
    this.isDone = true
    this.init.link.done(this.id, this.init.parcel)
    // Before its body breaks off, so that the runner knows why.
    if (isCancelled) this.init.link.say(FRAME.CANCEL, this.id)
    this.sending?.abort()
  }

  private unlisten(): void {
    this.init.signal?.removeEventListener('abort', this.onAbort)
  }

  /** Nothing runs before the request was handed over as a whole, or up to a body on a stream of its own. */
  private lossOf(cause?: Error): HitherError {
    const { parcel } = this.init
    const { peer } = this.init.link
    if (parcel.state !== 'done') return unreachable(peer, 'the link ended before the call was sent', cause)
    if (cause instanceof HitherError && cause.code === 'bad-message') {
      return new HitherError('bad-answer', `${peer} answers with nonsense`, { why: cause.why ?? cause.message, cause })
    }
    return new HitherError('link-lost', `the link to ${peer} ended before its answer`, {
      why: cause?.message ?? 'it was closed',
      cause,
    })
  }
}
