import type { RunnerState } from '@hither/core'
import { SMALL_FRAMES_MAX_BYTES } from '../../limits.ts'
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
  /** What it has to say of itself inside the end of an answer. */
  state(): RunnerState | undefined
  /** Frames of an answer. `soon` where others may follow at once. */
  send(parcel: Parcel, when?: 'now' | 'soon'): void
  /** The end of an answer, with what is new of this peer. */
  last(parcel: Parcel, when?: 'now' | 'soon'): void
  pong(id: number, ping: Uint8Array): void
  /** What is new, unasked. */
  tell(): void
}

export function replies({ stream, teller, adverts, idle }: RepliesInit): Replies {
  const send: Replies['send'] = (parcel, when = idle() ? 'now' : 'soon') => {
    if (stream.outbox.smallBytes > SMALL_FRAMES_MAX_BYTES) return stream.abort(broken('it asks and does not read'))
    stream.outbox.send(parcel, when)
  }
  const last: Replies['last'] = (parcel, when) => {
    const news = teller.news()
    if (news.length > 0) send(pack(0, news), 'soon')
    send(parcel, when)
  }
  return {
    state: () => teller.state(),
    send,
    last,
    pong(id, ping) {
      teller.pinged(ping)
      const asked = ((ping[0] ?? 0) & PING_SAYS.asksAdverts) !== 0
      const others = asked ? adverts(ping.subarray(1)) : undefined
      if (others !== undefined) send(pack(0, [{ type: FRAME.ADVERTS, id: 0, payload: others }]), 'soon')
      last(pack(id, [{ type: FRAME.PONG, id, payload: teller.inside() }]), 'now')
    },
    tell() {
      const news = teller.unasked()
      if (news.length > 0) send(pack(0, news), 'now')
    },
  }
}
