import { HitherError, type ByteStream } from '@hither/core'
import type { Duplex } from '../../duplex.ts'
import { BODY_UNREAD_BYTES } from '../../limits/calls.ts'
import { STREAM_WINDOW_BYTES } from '../../limits/streams.ts'
import { joinedBytes } from './joined.ts'

export interface IncomingBodyInit {
  /** The reader asks for its first bytes. The signal aborts when none are wanted any more. */
  begun?: (signal: AbortSignal) => void
  /** All of it is here, read or not. */
  came?: () => void
  /** Once: the reader has read it to its end, or (`why`) it failed, or was left. */
  over?: (why?: { error: unknown }) => void
}

/** A body that comes on a stream of its own: what was sent here, and what its reader sees of it. */
export interface IncomingBody {
  /** Can be read once. */
  readonly bytes: ByteStream
  /** The reader has asked for bytes. */
  readonly begun: boolean
  /** Bytes of it that came in frames of its call. */
  add(bytes: Uint8Array): void
  /** The stream on which it goes on after so many of these. A second one, or one that comes too late, is broken off. */
  attach(duplex: Duplex, framed: number): void
  /** It has so many bytes; they are followed by the error, where there is one. */
  complete(bytes: number, error?: HitherError): void
  /** It will not come whole: reading throws the error from now on. Nothing happens where it is over. */
  fail(error: unknown): void
}

export function incomingBody(init: IncomingBodyInit): IncomingBody {
  return new StreamedBody(init)
}

type Piece = IteratorResult<Uint8Array, undefined>

/** When so much of a window has come, and no more than that waits unread, the next is opened. */
const REFILL_BYTES = BODY_UNREAD_BYTES - STREAM_WINDOW_BYTES

const DONE: Piece = { done: true, value: undefined }

class StreamedBody implements IncomingBody {
  private readonly init: IncomingBodyInit
  private readonly joined = joinedBytes()
  private readonly unwanted = new AbortController()
  private duplex: Duplex | undefined
  /** Bytes since the window was opened. */
  private windowed = 0
  /** How many there are in all, once that was said. */
  private total: number | undefined
  /** What follows the last byte. */
  private last: HitherError | undefined
  private streamEnded = false
  private isHere = false
  private isOver = false
  private failure: { error: unknown } | undefined
  private taken = false
  private reader: PromiseWithResolvers<Piece> | undefined
  begun = false

  constructor(init: IncomingBodyInit) {
    this.init = init
  }

  get bytes(): ByteStream {
    return {
      [Symbol.asyncIterator]: () => {
        if (this.taken) throw new HitherError('internal', 'a body can be read only once')
        this.taken = true
        return { next: () => this.next(), return: () => this.leave() }
      },
    }
  }

  add(bytes: Uint8Array): void {
    if (this.isOver) return
    this.joined.addFramed(bytes)
    this.check()
  }

  attach(duplex: Duplex, framed: number): void {
    if (this.duplex !== undefined || this.isOver) return duplex.abort(new Error('nobody waits for this body'))
    this.duplex = duplex
    this.joined.expectStream(framed)
    duplex.admit()
    duplex.listen({
      data: (bytes) => this.data(bytes),
      drain: () => {},
      end: (why) => this.streamOver(why),
    })
    this.check()
  }

  complete(bytes: number, error?: HitherError): void {
    if (this.isOver) return
    this.total = bytes
    this.last = error
    this.check()
  }

  fail(error: unknown): void {
    if (this.isOver) return
    this.failure = { error }
    this.finish(this.failure)
    this.serve()
  }

  private data(bytes: Uint8Array): void {
    if (this.isOver) return
    this.windowed += bytes.length
    this.joined.addStreamed(bytes)
    this.check()
  }

  private streamOver(why?: Error): void {
    if (this.isOver) return
    if (why !== undefined) return this.fail(cut(`its stream broke: ${why.message}`, why))
    this.streamEnded = true
    void this.duplex?.close()
    this.check()
  }

  /** Something of it came: what holds now? */
  private check(): void {
    const { joined, total, streamEnded } = this
    if (!joined.fit(total, streamEnded)) {
      return this.fail(cut(`${joined.received} bytes of it came, and it has ${total ?? 'others'}`))
    }
    // As long as it may be without one, a body has no stream.
    const isEnded = streamEnded || (this.duplex === undefined && joined.received === total)
    if (isEnded && total !== undefined && !this.isHere) {
      this.isHere = true
      this.init.came?.()
    }
    this.serve()
  }

  private next(): Promise<Piece> {
    if (this.reader !== undefined) {
      return Promise.reject(new HitherError('internal', 'a body has one reader, who waits for each piece'))
    }
    const { promise } = (this.reader = Promise.withResolvers<Piece>())
    if (!this.begun && !this.isOver) {
      this.begun = true
      this.init.begun?.(this.unwanted.signal)
    }
    this.serve()
    return promise
  }

  private async leave(): Promise<Piece> {
    if (!this.isOver) this.finish({ error: new HitherError('cancelled', 'the body was left before its end') })
    this.serve()
    return DONE
  }

  /** Gives the reader who waits what there is. */
  private serve(): void {
    const { reader } = this
    if (reader === undefined) return
    const piece = this.joined.take()
    if (piece === undefined && this.isHere && !this.isOver) this.end()
    if (piece === undefined && !this.isOver) return
    this.reader = undefined
    if (piece !== undefined) {
      this.refill()
      reader.resolve({ done: false, value: piece })
    } else if (this.failure !== undefined) reader.reject(this.failure.error)
    else reader.resolve(DONE)
  }

  private refill(): void {
    if (this.streamEnded || this.windowed < REFILL_BYTES || this.joined.unread > REFILL_BYTES) return
    this.windowed = 0
    this.duplex?.admit()
  }

  /** All of it was read. */
  private end(): void {
    if (this.last !== undefined) this.failure = { error: this.last }
    this.finish(this.failure)
  }

  /** Nothing is given any more. */
  private finish(why: { error: unknown } | undefined): void {
    this.isOver = true
    this.joined.clear()
    if (!this.streamEnded) this.duplex?.abort(new Error('the body is not read any further'))
    this.unwanted.abort()
    this.init.over?.(why)
  }
}

function cut(why: string, cause?: Error): HitherError {
  return new HitherError('link-lost', 'the body broke off', { why, cause })
}
