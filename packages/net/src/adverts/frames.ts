import { decodeMessage, encodeMessage, Shape, type Evidence } from '@hither/core'
import { ADVERT_MAX_AGE_MS, ADVERT_MAX_BYTES, ADVERTS_PER_FRAME, EVIDENCE_PER_FRAME } from '../limits/adverts.ts'
import type { Held } from './board.ts'

/** An advert that came, not yet looked into. */
export interface Heard {
  ageMs: number
  bytes: Uint8Array
  signature: Uint8Array
}

/** What a peer says of others: what it passes on, and what it has seen itself. */
export interface OfOthers<Advert> {
  adverts: Advert[]
  evidence: Evidence[]
}

export function encodeAdverts({ adverts, evidence }: OfOthers<Held>): Uint8Array {
  return encodeMessage({
    adverts: adverts.map(({ ageMs, bytes, signature }) => ({ ageMs: Math.round(ageMs), bytes, signature })),
    evidence: evidence.map(({ peer, calls, slower, wrong, ageMs }) => ({
      peer,
      calls,
      slower,
      wrong,
      ageMs: Math.round(ageMs),
    })),
  })
}

/** Throws `bad-message`. */
export function decodeAdverts(payload: Uint8Array): OfOthers<Heard> {
  const shape = new Shape(decodeMessage(payload), 'what is said of others')
  const list = (field: string, most: number): Shape[] => {
    const value = shape.raw(field)
    if (!Array.isArray(value) || value.length > most) throw shape.refuse(`"${field}" is no list of at most ${most}`)
    return value.map((one) => new Shape(one, `one of "${field}"`))
  }
  return {
    adverts: list('adverts', ADVERTS_PER_FRAME).map((advert) => ({
      ageMs: advert.number('ageMs', 0, ADVERT_MAX_AGE_MS),
      bytes: advert.bytes('bytes', ADVERT_MAX_BYTES),
      signature: advert.bytes('signature', 64),
    })),
    evidence: list('evidence', EVIDENCE_PER_FRAME).map((one) => ({
      peer: one.string('peer', 64),
      calls: one.number('calls', 0, Number.MAX_SAFE_INTEGER),
      slower: one.number('slower', 0, Number.MAX_SAFE_INTEGER),
      wrong: one.number('wrong', 0, Number.MAX_SAFE_INTEGER),
      ageMs: one.number('ageMs', 0, Number.MAX_SAFE_INTEGER),
    })),
  }
}
