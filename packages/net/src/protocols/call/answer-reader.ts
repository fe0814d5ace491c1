import { fromWire, mayFail, type CallTrailer, type ResponseHead, type StreamedAnswer } from '@hither/core'
import type { Duplex } from '../../duplex.ts'
import { FRAMED_BEGINNING_BYTES } from '../../limits/calls.ts'
import { incomingBody, type IncomingBody } from '../body/incoming.ts'
import { broken } from './frames.ts'

export interface AnswerReaderInit {
  /** All of the answer is here, read or not. */
  came(): void
  /** It was read to its end, or (`why`) it failed, or was left. */
  over(why?: { error: unknown }): void
}

/** An answer that comes piece by piece, between the wire and who made the call. */
export interface AnswerReader {
  answer(head: ResponseHead): StreamedAnswer
  /** Bytes of it that came in frames of the call. Throws `bad-message` where there are more than may be. */
  add(bytes: Uint8Array): void
  /** The stream on which it goes on after so many of these. */
  attach(duplex: Duplex, framed: number): void
  /** What was said at its end; the last bytes may still be on their way. */
  end(trailer: CallTrailer): void
  /** As `IncomingBody.fail`. */
  fail(error: unknown): void
}

export function answerReader(init: AnswerReaderInit): AnswerReader {
  return new StreamReader(init)
}

class StreamReader implements AnswerReader {
  private readonly body: IncomingBody
  private readonly trailer = Promise.withResolvers<CallTrailer>()
  private said: CallTrailer | undefined
  private framed = 0

  constructor(init: AnswerReaderInit) {
    void mayFail(this.trailer.promise)
    this.body = incomingBody({
      came: () => init.came(),
      over: (why) => {
        if (why !== undefined) this.trailer.reject(why.error)
        else if (this.said !== undefined) this.trailer.resolve(this.said)
        init.over(why)
      },
    })
  }

  answer(head: ResponseHead): StreamedAnswer {
    return { head, body: this.body.bytes, trailer: this.trailer.promise }
  }

  add(bytes: Uint8Array): void {
    this.framed += bytes.length
    if (this.framed > FRAMED_BEGINNING_BYTES) throw broken('a long body comes in frames')
    this.body.add(bytes)
  }

  attach(duplex: Duplex, framed: number): void {
    this.body.attach(duplex, framed)
  }

  end(trailer: CallTrailer): void {
    this.said = trailer
    const error = trailer.error && fromWire(trailer.error)
    // Without a length there was not even a stream.
    if (trailer.streamedBytes !== undefined) this.body.complete(trailer.streamedBytes, error)
    else this.fail(error)
  }

  fail(error: unknown): void {
    this.body.fail(error)
  }
}
