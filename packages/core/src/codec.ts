import * as dagCbor from '@ipld/dag-cbor'
import { decode as cborDecode, encode as cborEncode } from 'cborg'
import { decodeUsual, UNUSUAL } from './cbor-read.ts'
import { encodeUsual } from './cbor.ts'
import { HitherError } from './errors.ts'
import { FRAME_MAX_BYTES } from './limits.ts'

/**
 * Two encodings, one purpose each: DAG-CBOR for blocks and records (canonical, with links), plain strict CBOR for messages between
 * processes. What is said of every call is written by position (`packed.ts`), and receipts are hashes of that.
 */

export function encodeDag(value: object): Uint8Array<ArrayBuffer> {
  return encodeUsual(value, { float64: true, skipUndefined: false }) ?? Uint8Array.from(dagCbor.encode(value))
}

/** Throws `bad-message`. */
export function decodeDag(bytes: Uint8Array): unknown {
  return guarded(() => dagCbor.decode(bytes))
}

/** Leaves out fields that are undefined, as JSON does. */
export function encodeMessage(value: object): Uint8Array {
  return (
    encodeUsual(value, { float64: false, skipUndefined: true }) ??
    cborEncode(value, { ignoreUndefinedProperties: true })
  )
}

/**
 * Throws `bad-message`: too long, too deep, cut short, duplicate keys, indefinite lengths. A megabyte of short entries takes
 * a tenth of a second to decode, so what is longer than a frame is decoded only where that was meant.
 */
export function decodeMessage(bytes: Uint8Array, maxBytes: number = FRAME_MAX_BYTES): unknown {
  if (bytes.length > maxBytes) {
    throw new HitherError('bad-message', `a message has ${bytes.length} bytes`, { why: `the limit is ${maxBytes}` })
  }
  const usual = decodeUsual(bytes)
  if (usual !== UNUSUAL) return usual
  return guarded(() => cborDecode(bytes, { strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true }))
}

function guarded(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (cause) {
    throw new HitherError('bad-message', 'a message cannot be read', {
      why: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}
