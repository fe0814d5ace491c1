import type { PeerRecord } from './peer-record.ts'
import { distanceMs } from './rtt.ts'
import { wayMs } from './space.ts'
import type { OwnPlace } from './vivaldi.ts'

/** How far a peer is, in ms: as measured; else by its place; else farther than most. */
export function distanceTo(record: PeerRecord, own: OwnPlace): number {
  if (record.rtt !== undefined || record.place === undefined) return distanceMs(record.rtt)
  return wayMs(own.coordinate(), record.place.said)
}
