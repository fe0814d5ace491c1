import { FRAME_HEAD_BYTES, type Frame, type HitherError } from '@hither/core'
import { PONGS_UNREAD_MAX, SMALL_FRAMES_MAX_BYTES } from '../../limits/calls.ts'
import { refusalParcel } from './answer.ts'
import { broken, FRAME, PING_SAYS } from './frames.ts'
import type { FrameStream } from './frame-stream.ts'
import type { Teller } from './news.ts'
import { pack, type Parcel } from './parcel.ts'

export interface RepliesInit {
  stream: FrameStream
  teller: Teller
  /** What the caller, which asks, should know of others; undefined: nothing. */
  adverts: (knows: Uint8Array) => Uint8Array | undefined
  /** No call waits for its answer now. */
  idle: () => boolean
}

/** What a runner says on a call stream. */
export interface Replies {
  /** Frames of an answer. `soon` where others may follow at once. */
  send(parcel: Parcel, when?: 'now' | 'soon'): void
  /** The end of an answer, with what is new of this peer. */
  last(parcel: Parcel, when?: 'now' | 'soon'): void
  /** The signature of an answer's receipt; of several, together. */
  seal(id: number, payload: Uint8Array): void
  /** A no, with what is new of this peer. */
  refuse(id: number, error: HitherError): void
  pong(id: number, ping: Uint8Array): void
  /** What is new, unasked; gives the bytes of it. */
  tell(): number
  /** What goes ahead of all that is sent now: where ends of answers do, what is new, once for all of them. */
  ahead(): Frame[]
}

export function replies({ stream, teller, adverts, idle }: RepliesInit): Replies {
  const send: Replies['send'] = (parcel, when = idle() ? 'now' : 'soon') => {
    if (stream.outbox.smallBytes > SMALL_FRAMES_MAX_BYTES) return stream.abort(broken('it asks and does not read'))
    stream.outbox.send(parcel, when)
  }
  const news = (): Frame[] => {
    const payload = teller.news()
    return payload.length === 0 ? [] : [{ type: FRAME.NEWS, id: 0, payload }]
  }
  let unread = 0
  let answered = false
  return {
    send,
    last(parcel, when) {
      answered = true
      send(parcel, when)
    },
    seal(id, payload) {
      send(pack(id, [{ type: FRAME.SEAL, id, payload }]), 'soon')
    },
    refuse(id, error) {
      send(refusalParcel(id, error, teller.news()))
    },
    pong(id, ping) {
      // Each is so short that their bytes alone would let very many wait.
      unread = stream.outbox.waitingBytes === 0 ? 0 : unread + 1
      if (unread > PONGS_UNREAD_MAX) return stream.abort(broken('it asks and does not read'))
      const asks = ((ping[0] ?? 0) & PING_SAYS.asksAdverts) !== 0
      const others = asks ? adverts(ping.subarray(1)) : undefined
      if (others !== undefined) send(pack(0, [{ type: FRAME.ADVERTS, id: 0, payload: others }]), 'soon')
      send(pack(id, [{ type: FRAME.PONG, id, payload: teller.news('exactly') }]), 'now')
    },
    tell() {
      const [said] = news()
      if (said === undefined) return 0
      send(pack(0, [said]), 'now')
      return FRAME_HEAD_BYTES + said.payload.length
    },
    ahead() {
      if (!answered) return []
      answered = false
      return news()
    },
  }
}
