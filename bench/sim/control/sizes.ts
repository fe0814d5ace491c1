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
import { ADVERTS_PER_FRAME, FILTER_BYTES } from './net-limits.ts'

/** Frames as they are on a link, in bytes; without what libp2p and TCP put around them, which one write of many frames shares. */

/** A PING and its PONG, which have nothing else to say. */
export const BEAT_BYTES: number = 2 * FRAME_HEAD_BYTES

const PLACE: Coordinate = { at: [12.5, -40.25, 3.125, 80.5], heightMs: 2.5, error: 0.2 }

/** A place told with a PONG. */
export const PLACE_BYTES_TOLD: number = encodeNews({ place: PLACE }, undefined).length

/** A no as the runner that ships says it; what is new of it comes in the same frame. */
export const REFUSAL_BYTES: number = FRAME_HEAD_BYTES + encodeRefusal(usualRefusal('full', 12).toWire()).length

/** A question, which rides on a PING, and as many adverts as are told at once: id, time, two addresses, place and state of each, signed. */
export const ADVERTS_BYTES: number =
  FILTER_BYTES + FRAME_HEAD_BYTES + encodeMessage(Array.from({ length: ADVERTS_PER_FRAME }, advert)).length

function advert(): object {
  const addresses = ['/ip4/203.0.113.117/tcp/41017', '/ip4/192.168.101.117/tcp/41017']
  const state = [true, 8, 5, 1, 12, true, 2, [], [], -1]
  const bytes = encodeMessage(['r'.repeat(52), 1_764_200_000_000, addresses, new Uint8Array(PLACE_BYTES), state])
  return { ageMs: 12_345, bytes, signature: new Uint8Array(64) }
}

/** What an ordinary word of load and price takes: a frame, what it says, two counts and a price. */
export const WORD_BYTES: number = FRAME_HEAD_BYTES + 5

/** The word that tells what of a state changed, without the frame around it; 0 where nothing did. */
export function wordBytes(before: RunnerState | undefined, now: RunnerState): number {
  return before === now ? 0 : encodeNews({ state: now }, before).length
}
