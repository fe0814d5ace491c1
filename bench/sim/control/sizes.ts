import {
  encodeMessage,
  encodeNews,
  encodeRefusal,
  FRAME_HEAD_BYTES,
  PLACE_BYTES,
  usualRefusal,
  type Coordinate,
  type RunnerState,
} from '@hither/core'
import { ADVERTS_PER_FRAME } from '../limits.ts'

/** Frames as they are on a link, in bytes; without what libp2p and TCP put around them, which one write of many frames shares. */

/** A PING carries a byte of what it says. */
export const PING_BYTES: number = FRAME_HEAD_BYTES + 1
export const PONG_BYTES: number = FRAME_HEAD_BYTES

const PLACE: Coordinate = { at: [12.5, -40.25, 3.125, 80.5], heightMs: 2.5, error: 0.2 }

/** A place told by itself. */
export const PLACE_NEWS_BYTES: number = FRAME_HEAD_BYTES + encodeNews({ place: PLACE }, undefined).length

/** A no as the runner that ships says it, without the state, which is news. */
export const REFUSAL_BYTES: number = FRAME_HEAD_BYTES + encodeRefusal(usualRefusal('full', 12).toWire()).length

/** As many adverts as are told at once: id, time, two addresses, place and state of each, signed. */
export const ADVERTS_BYTES: number =
  FRAME_HEAD_BYTES + encodeMessage(Array.from({ length: ADVERTS_PER_FRAME }, advert)).length

function advert(): object {
  const addresses = ['/ip4/203.0.113.117/tcp/41017', '/ip4/192.168.101.117/tcp/41017']
  const state = [true, 8, 5, 1, 12, true, 2, [], [], -1]
  const bytes = encodeMessage(['r'.repeat(52), 1_764_200_000_000, addresses, new Uint8Array(PLACE_BYTES), state])
  return { ageMs: 12_345, bytes, signature: new Uint8Array(64) }
}

/** Sizes of news by what is in them: to encode each anew would cost more than the decision. */
const known = new Map<number, number>()

/** The frame that tells what of a state changed; 0 where nothing did. */
export function newsBytes(before: RunnerState | undefined, now: RunnerState): number {
  if (before === now) return 0
  if (before === undefined) return FRAME_HEAD_BYTES + encodeNews({ state: now }, undefined).length
  const kinds =
    (before.busy === now.busy ? 0 : 1) +
    (before.queued === now.queued ? 0 : 2) +
    (before.warm === now.warm ? 0 : 4) +
    8 * (before.priceMs === now.priceMs ? 0 : 1 + widthOf(now.priceMs))
  if (kinds === 0) return 0
  const key = 1024 * kinds + (before.warm === now.warm ? 0 : now.warm.length)
  const size = known.get(key) ?? FRAME_HEAD_BYTES + encodeNews({ state: now }, before).length
  known.set(key, size)
  return size
}

/** Bytes of a small whole number beyond the first. */
function widthOf(value: number): number {
  if (value < 24) return 0
  return value < 256 ? 1 : 2
}
