import { COORDINATE_DIMENSIONS, type Coordinate, type Random } from '@hither/core'
import {
  ADJUSTMENT_SAMPLES,
  COORDINATE_ERROR_MAX,
  COORDINATE_FORCE_MAX_MS,
  COORDINATE_GAIN,
  COORDINATE_GRAVITY_MS,
  HEIGHT_MIN_MS,
} from './limits/place.ts'
import { apart, direction, wayMs } from './space.ts'

/** One's own place in the network's space, found from round trips (Vivaldi, with heights; Serf's adjustment and gravity). */
export interface OwnPlace {
  coordinate(): Coordinate
  /**
   * Takes in a round trip, filtered already, to a peer that says it is at `other`. `doubt`: how far off its word was before, as a
   * share; who claims a good place and is not there moves nobody.
   */
  learn(other: Coordinate, rttMs: number, doubt: number): void
}

export function ownPlace(random: Random): OwnPlace {
  let own: Coordinate = {
    at: Array.from({ length: COORDINATE_DIMENSIONS }, () => 0),
    heightMs: HEIGHT_MIN_MS,
    error: COORDINATE_ERROR_MAX,
  }
  // What is off always by the same amount is no matter of place: it is added to every way, as the height is.
  const offsets: number[] = []
  let adjustmentMs = 0
  let samples = 0

  const adjust = (other: Coordinate, rttMs: number): void => {
    offsets[samples++ % ADJUSTMENT_SAMPLES] = clamp(rttMs - wayMs(own, other), COORDINATE_FORCE_MAX_MS)
    adjustmentMs = offsets.reduce((sum, offset) => sum + offset, 0) / (2 * offsets.length)
  }

  return {
    coordinate: () => ({ ...own, heightMs: Math.max(HEIGHT_MIN_MS, own.heightMs + adjustmentMs) }),
    learn(other, rttMs, doubt) {
      const measuredMs = Math.max(rttMs, HEIGHT_MIN_MS)
      const predictedMs = wayMs(own, other) + adjustmentMs
      const wrong = Math.min(COORDINATE_ERROR_MAX, Math.abs(predictedMs - measuredMs) / measuredMs)
      const weight = own.error / (own.error + Math.max(other.error, doubt) + 1e-6)
      const gain = COORDINATE_GAIN * weight
      const force = gain * clamp(measuredMs - predictedMs, COORDINATE_FORCE_MAX_MS)
      own = drawn(pushed(own, other, force, random))
      own.error = Math.min(COORDINATE_ERROR_MAX, wrong * gain + own.error * (1 - gain))
      adjust(other, measuredMs)
    },
  }
}

/** Away from the other by a positive force, towards it by a negative one; the height takes its share. */
function pushed(own: Coordinate, other: Coordinate, force: number, random: Random): Coordinate {
  const length = apart(own, other)
  const unit = direction(own, other, random)
  const lift = length > 1e-6 ? ((own.heightMs + other.heightMs) * force) / length : 0
  return {
    ...own,
    at: own.at.map((value, i) => value + force * (unit[i] ?? 0)),
    heightMs: Math.max(HEIGHT_MIN_MS, own.heightMs + clamp(lift, Math.abs(force))),
  }
}

/** All drift together without a hold, so each is drawn a little to the middle, the more the farther it is. */
function drawn(own: Coordinate): Coordinate {
  const out = Math.hypot(...own.at)
  const pull = out < 1e-6 ? 0 : Math.min(1, (out / COORDINATE_GRAVITY_MS) ** 2 / out)
  return { ...own, at: own.at.map((value) => value * (1 - pull)) }
}

function clamp(value: number, size: number): number {
  return Math.max(-size, Math.min(size, value))
}
