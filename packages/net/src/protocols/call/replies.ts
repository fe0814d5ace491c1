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
  /** Frames behind an answer's end, wherever that is by now. */
  behind(end: Parcel, frames: Frame[]): void
  /** A no, with what is new of this peer. */
  refuse(id: number, error: HitherError): void
  pong(id: number, ping: Uint8Array): void
  /** What is new, unasked; gives the bytes of it. */
  tell(): number
  /** What goes ahead of all that is sent now: where ends of answers do, what is new, once for all of them. */
  ahead(): Frame[]
}

const NOTHING = new Uint8Array(0)

export function replies({ stream, teller, adverts, idle }: RepliesInit): Replies {
  const send: Replies['send'] = (parcel, when = idle() ? 'now' : 'soon') => {
    if (stream.outbox.smallBytes > SMALL_FRAMES_MAX_BYTES) return stream.abort(broken('it asks and does not read'))
    stream.outbox.send(parcel, when)
  }
  /** What was said last, in line. Each word builds on those before, so that none may overtake another. */
  let word: Parcel | undefined
  /** Ends of answers wait, and go out behind what is new then: all of it, where somebody asked for that meanwhile. */
  let ended: 'ended' | 'exactly' | undefined
  /** Some of those at its front may have been sent since. */
  const pongs: Parcel[] = []

  /** Frames with what is new: in them, or in what goes ahead of all that waits. */
  const say = (make: (news: Uint8Array) => Parcel, when?: 'now' | 'soon', exactly?: 'exactly'): void => {
    if (ended !== undefined) {
      ended = exactly ?? ended
      return send(make(NOTHING), when)
    }
    word = make(teller.news(exactly))
    send(word, when)
  }
  const tell = (when: 'now' | 'soon'): number => {
    const payload = ended === undefined ? teller.news() : NOTHING
    if (payload.length === 0) return 0
    word = pack(0, [newsFrame(payload)])
    send(word, when)
    return FRAME_HEAD_BYTES + payload.length
  }
  return {
    send,
    last(parcel, when) {
      if (word?.state === 'waiting') tell('soon')
      else ended ??= 'ended'
      send(parcel, when)
    },
    behind(end, frames) {
      // A long answer takes turns with others: what is in line behind it would be there before its end.
      if (end.state === 'done') send(pack(end.id, frames), 'soon')
      else stream.outbox.append(end, frames)
    },
    refuse(id, error) {
      say((news) => refusalParcel(id, error, news))
    },
    pong(id, ping) {
      // Each is so short that their bytes alone would let very many wait.
      while (pongs[0]?.state === 'done') pongs.shift()
      if (pongs.length >= PONGS_UNREAD_MAX) return stream.abort(broken('it asks and does not read'))
      const asks = ((ping[0] ?? 0) & PING_SAYS.asksAdverts) !== 0
      const others = asks ? adverts(ping.subarray(1)) : undefined
      if (others !== undefined) send(pack(0, [{ type: FRAME.ADVERTS, id: 0, payload: others }]), 'soon')
      const make = (news: Uint8Array): Parcel => {
        const pong = pack(id, [{ type: FRAME.PONG, id, payload: news }])
        pongs.push(pong)
        return pong
      }
      say(make, 'now', 'exactly')
    },
    tell: () => tell('now'),
    ahead() {
      if (ended === undefined) return []
      const payload = teller.news(ended === 'exactly' ? ended : undefined)
      ended = undefined
      return payload.length === 0 ? [] : [newsFrame(payload)]
    },
  }
}

function newsFrame(payload: Uint8Array): Frame {
  return { type: FRAME.NEWS, id: 0, payload }
}
