import type { Coordinate } from '@hither/core'
import { MEDIAN_SAMPLES } from './limits/place.ts'
import type { PeerRecord, Place } from './peer-record.ts'
import { wayMs } from './space.ts'
import type { OwnPlace } from './vivaldi.ts'

/** A peer says where it is. */
export function hearPlace(record: PeerRecord, said: Coordinate): Place {
  record.place ??= { said, doubt: undefined, recent: [] }
  record.place.said = said
  return record.place
}

/** A round trip to a peer that says where it is: one's own place learns, and so does the doubt in its word. */
export function learnPlace(record: PeerRecord, said: Coordinate, rttMs: number, own: OwnPlace): void {
  const place = hearPlace(record, said)
  // A list made by spreading takes room for sixteen more.
  place.recent = place.recent.slice(1 - MEDIAN_SAMPLES).concat(rttMs)
  const filteredMs = median(place.recent)
  const off = Math.abs(wayMs(own.coordinate(), said) - filteredMs) / Math.max(filteredMs, 1)
  own.learn(said, filteredMs, place.doubt ?? 0)
  place.doubt = place.doubt === undefined ? off : place.doubt + (off - place.doubt) / 4
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
