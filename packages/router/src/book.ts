import type { PeerId } from '@hither/core'
import { BOOK_PEERS_MAX } from './limits/memory.ts'
import { newRecord, type PeerRecord } from './peer-record.ts'
import { ranking } from './ranking.ts'

/** Everybody who is known, sorted by what they are good for now. */
export interface Book {
  readonly size: number
  /** Runners that are up and take work, nearest first. */
  readonly offering: readonly PeerRecord[]
  /** Up, but they run nothing or take no work now. */
  readonly resting: ReadonlySet<PeerRecord>
  /** Runners that take work and that one has no link to, by what others say of them, nearest first. */
  readonly told: readonly PeerRecord[]
  /** Longest first. */
  readonly down: ReadonlySet<PeerRecord>
  get(peer: PeerId): PeerRecord | undefined
  /** The record of a peer, a new one for a stranger. */
  meet(peer: PeerId): PeerRecord
  /** To be called after each change of a record: puts it where it belongs. */
  settle(record: PeerRecord): void
}

export function book(distanceOf: (record: PeerRecord) => number, maxPeers: number = BOOK_PEERS_MAX): Book {
  const known = new Map<PeerId, PeerRecord>()
  const offering = ranking(distanceOf)
  const told = ranking(distanceOf)
  const resting = new Set<PeerRecord>()
  const down = new Set<PeerRecord>()

  const settle = (record: PeerRecord): void => {
    const accepts = record.word?.state.accepting === true
    const offers = record.up && accepts
    if (!offers) offering.remove(record)
    if (record.up || !accepts) told.remove(record)
    if (offers) offering.place(record)
    else if (accepts) told.place(record)
    move(record, resting, record.up && !offers)
    move(record, down, !record.up)
  }

  /** Down longest, else the first that runs nothing, else the farthest. */
  const makeRoom = (): void => {
    const victim = first(down) ?? first(resting) ?? offering.records.at(-1)
    if (victim === undefined) return
    known.delete(victim.peer)
    offering.remove(victim)
    told.remove(victim)
    resting.delete(victim)
    down.delete(victim)
  }

  return {
    get size() {
      return known.size
    },
    offering: offering.records,
    told: told.records,
    resting,
    down,
    get: (peer) => known.get(peer),
    meet(peer) {
      const found = known.get(peer)
      if (found !== undefined) return found
      if (known.size >= maxPeers) makeRoom()
      const record = newRecord(peer)
      known.set(peer, record)
      settle(record)
      return record
    },
    settle,
  }
}

/** Who is in already keeps the place: sets remember when one came. */
function move(record: PeerRecord, into: Set<PeerRecord>, belongs: boolean): void {
  if (belongs) into.add(record)
  else into.delete(record)
}

function first(records: ReadonlySet<PeerRecord>): PeerRecord | undefined {
  for (const record of records) return record
  return undefined
}
