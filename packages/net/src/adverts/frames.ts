import { decodeMessage, encodeMessage, Shape } from '@hither/core'
import { ADVERT_MAX_AGE_MS, ADVERT_MAX_BYTES, ADVERTS_PER_FRAME } from '../limits.ts'
import type { Held } from './board.ts'

/** An advert that came, not yet looked into. */
export interface Heard {
  ageMs: number
  bytes: Uint8Array
  signature: Uint8Array
}

export function encodeAdverts(adverts: readonly Held[]): Uint8Array {
  return encodeMessage(adverts.map(({ ageMs, bytes, signature }) => ({ ageMs: Math.round(ageMs), bytes, signature })))
}

/** Throws `bad-message`. */
export function decodeAdverts(payload: Uint8Array): Heard[] {
  const list = decodeMessage(payload)
  if (!Array.isArray(list) || list.length > ADVERTS_PER_FRAME)
    throw new Shape({}, 'a list of adverts').refuse('it is none')
  return list.map((one) => {
    const shape = new Shape(one, 'an advert')
    return {
      ageMs: shape.number('ageMs', 0, ADVERT_MAX_AGE_MS),
      bytes: shape.bytes('bytes', ADVERT_MAX_BYTES),
      signature: shape.bytes('signature', 64),
    }
  })
}
