import { Shape } from './shape.ts'

/** Dimensions of the space. With a height beside them, two would do for most of the internet's distances; more bend less. */
export const COORDINATE_DIMENSIONS = 4

/** Beyond any way on earth and back, and beyond any access line, in ms. */
const COORDINATE_MAX_MS = 10_000

/**
 * A place in the network's own space: the distance between two such places predicts the round trip between their peers, in ms.
 * What a peer says of its own place is a hint; a measured round trip is the truth.
 */
export interface Coordinate {
  /** In ms, one for each dimension. */
  at: number[]
  /** What its access line adds to every way, in ms. */
  heightMs: number
  /** How far off its predictions were of late, as a share: 0 is exact, 1 and above say nothing. */
  error: number
}

/** Throws `bad-message`. */
export function readCoordinate(value: unknown): Coordinate {
  const shape = new Shape(value, 'the coordinate')
  const at = shape.raw('at')
  if (!Array.isArray(at) || at.length !== COORDINATE_DIMENSIONS || !at.every(isWithinReach)) {
    throw shape.refuse(`"at" must be ${COORDINATE_DIMENSIONS} numbers of at most ${COORDINATE_MAX_MS}`)
  }
  return {
    at: at as number[],
    heightMs: shape.number('heightMs', 0, COORDINATE_MAX_MS),
    error: shape.number('error', 0, 10),
  }
}

function isWithinReach(ms: unknown): boolean {
  return typeof ms === 'number' && Math.abs(ms) <= COORDINATE_MAX_MS
}
