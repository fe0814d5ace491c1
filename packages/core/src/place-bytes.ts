import { COORDINATE_DIMENSIONS, readCoordinate, type Coordinate } from './coordinate.ts'
import { HitherError } from './errors.ts'

/** Steps of a place: a tenth of a millisecond is below any jitter; an error in twentieths is as much as it means. */
const STEPS_PER_MS = 10
const STEPS_OF_ERROR = 20

/** The farthest that two bytes say, in ms: fifteen times around the earth. */
const FARTHEST_MS = 3276

/** A place in two bytes for each number, and one for how sure it is. */
export const PLACE_BYTES: number = 2 * (COORDINATE_DIMENSIONS + 1) + 1

export function encodePlace({ at, heightMs, error }: Coordinate): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(PLACE_BYTES))
  for (const [i, ms] of [...at, heightMs].entries()) {
    const near = Math.min(FARTHEST_MS, Math.max(-FARTHEST_MS, ms))
    view.setInt16(2 * i, Math.round(near * STEPS_PER_MS))
  }
  view.setUint8(PLACE_BYTES - 1, Math.round(Math.min(10, Math.max(0, error)) * STEPS_OF_ERROR))
  return new Uint8Array(view.buffer)
}

/** Throws `bad-message`. */
export function decodePlace(bytes: Uint8Array): Coordinate {
  if (bytes.length !== PLACE_BYTES) {
    throw new HitherError('bad-message', 'the place cannot be read', { why: `it has ${bytes.length} bytes` })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const ms = Array.from({ length: COORDINATE_DIMENSIONS + 1 }, (_, i) => view.getInt16(2 * i) / STEPS_PER_MS)
  return readCoordinate({
    at: ms.slice(0, COORDINATE_DIMENSIONS),
    heightMs: ms[COORDINATE_DIMENSIONS],
    error: view.getUint8(PLACE_BYTES - 1) / STEPS_OF_ERROR,
  })
}
