import {
  HitherError,
  toHitherError,
  type Answer,
  type CallTrailer,
  type PeerId,
  type SealPlace,
  type Services,
} from '@hither/core'
import type { BodyStreams } from '../body/streams.ts'
import { answerParcel, errorParcel, isRefusal, isShortAnswer, trailerParcel } from './answer.ts'
import { streamAnswer } from './answer-stream.ts'
import type { OpenCall, OpenCalls } from './open-calls.ts'
import type { Parcel } from './parcel.ts'
import type { Replies } from './replies.ts'
import { signing, type Signing } from './signing.ts'

export interface AnsweringInit {
  services: Pick<Services, 'call'>
  /** Who calls. */
  from: PeerId
  bodies: BodyStreams
  calls: OpenCalls
  replies: Replies
  /** The answer to this call flows from now on. */
  flows(call: OpenCall): void
  /** A call is over, or its signature has followed. */
  over(): void
}

/** Runs calls whose requests are here, or whose handlers may begin to read them, and answers them. */
export interface Answering {
  /** Answers whose signatures have still to follow. */
  readonly owed: number
  /** Never rejects. */
  run(id: number, call: OpenCall): Promise<void>
}

export function answering(init: AnsweringInit): Answering {
  return new CallAnswering(init)
}

class CallAnswering implements Answering {
  private readonly init: AnsweringInit
  private readonly signing: Signing
  owed = 0

  constructor(init: AnsweringInit) {
    this.init = init
    this.signing = signing(init.replies)
  }

  async run(id: number, call: OpenCall): Promise<void> {
    call.running = true
    const { services, from, calls, replies } = this.init
    const { header, body, stream, abort } = call
    let reply: Parcel | HitherError
    let trailer: CallTrailer | undefined
    try {
      const answer = await services.call(from, header, stream?.bytes ?? body.bytes(), { signal: abort.signal })
      const isShort = isShortAnswer(answer)
      const end = isShort ? answer.trailer : await this.send(id, call, answer)
      reply = isShort ? answerParcel(id, answer) : trailerParcel(id, end)
      trailer = end
    } catch (thrown) {
      const error = toHitherError(thrown)
      reply = isRefusal(error, stream?.begun === true) ? error : errorParcel(id, error)
    }
    calls.end(id, call)
    if (!abort.signal.aborted) {
      if (reply instanceof HitherError) replies.refuse(id, reply)
      else replies.last(reply)
      if (trailer?.receipt !== undefined && !(reply instanceof HitherError)) this.seal(reply, trailer.seal)
    }
    this.init.over()
  }

  /** Where there is none, its caller hears that, and has been told the rest. */
  private seal(end: Parcel, seal: Promise<SealPlace> | undefined): void {
    this.owed += 1
    const sent = (): void => {
      this.owed -= 1
      this.init.over()
    }
    if (seal === undefined) return this.signing.follow(end, undefined, sent)
    seal.then(
      (place) => this.signing.follow(end, place, sent),
      () => this.signing.follow(end, undefined, sent),
    )
  }

  private send(id: number, call: OpenCall, answer: Answer): Promise<CallTrailer> {
    const { bodies, calls, replies } = this.init
    call.flowing = true
    this.init.flows(call)
    const say = (frames: Parcel): void => replies.send(frames, calls.size === 1 ? 'now' : 'soon')
    return streamAnswer({ id, abort: call.abort, answer, bodies, say })
  }
}
