import {
  CANDIDATES_FAR,
  CANDIDATES_NEAR,
  CANDIDATES_PREFERRED,
  SCAN_FAR_MAX,
  SCAN_NEAR_MAX,
  SKIPPED_MAX,
} from './limits/choice.ts'
import { obstacleTo, type Obstacle, type Question } from './obstacle.ts'
import type { Memory } from './memory.ts'
import type { PeerRecord } from './peer-record.ts'

export interface Hindered {
  record: PeerRecord
  obstacle: Obstacle
}

/** Who is weighed, and who was met on the way but cannot be chosen. */
export interface Selection {
  free: PeerRecord[]
  hindered: Hindered[]
}

/**
 * A bounded set, however many peers are known: the nearest that can be chosen, some spread over the rest by the logarithm
 * of their rank, those that answered this function last, and those that the caller prefers.
 */
export function select(memory: Memory, question: Question, now: number): Selection {
  const { book } = memory
  const free: PeerRecord[] = []
  const hindered: Hindered[] = []
  const seen = new Set<PeerRecord>()
  const look = (record: PeerRecord | undefined): boolean => {
    if (record === undefined || seen.has(record)) return false
    seen.add(record)
    const obstacle = obstacleTo(record, question, memory, now)
    if (obstacle === undefined) free.push(record)
    else hindered.push({ record, obstacle })
    return obstacle === undefined
  }

  const { offering, resting, down } = book
  let rank = 0
  for (; rank < SCAN_NEAR_MAX && rank < offering.length && free.length < CANDIDATES_NEAR; rank++) look(offering[rank])
  for (const start of farRanks(rank, offering.length)) {
    for (let step = 0; step < SCAN_FAR_MAX && !look(offering[start + step]); step++);
  }
  for (const wanted of [question.prefer, question.require]) {
    for (const peer of wanted?.slice(0, CANDIDATES_PREFERRED) ?? []) {
      if (typeof peer === 'string') look(book.get(peer))
    }
  }
  for (const peer of question.known?.answered.keys() ?? []) look(book.get(peer))

  // The rest is only asked for its reasons, as many as are shown.
  for (const others of [resting, down]) {
    for (const record of others) {
      if (hindered.length >= SKIPPED_MAX) break
      look(record)
    }
  }
  return { free, hindered }
}

/** Ranks from `from` to the last, each a constant factor beyond the one before, and all of them where they are few. */
export function farRanks(from: number, count: number): number[] {
  const ranks: number[] = []
  const growth = count / (from + 1)
  for (let i = 0; i < CANDIDATES_FAR && from + i < count; i++) {
    const spread = Math.round((from + 1) * growth ** (i / (CANDIDATES_FAR - 1))) - 1
    ranks.push(Math.max(spread, (ranks.at(-1) ?? from - 1) + 1))
  }
  return ranks
}
