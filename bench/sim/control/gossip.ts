import type { Evidence, PeerId } from '@hither/core'
import { EVIDENCE_HELD_MAX, EVIDENCE_MS, EVIDENCE_TOLD_TO } from '../limits.ts'
import type { Caller } from '../policies/caller.ts'
import type { Names } from '../policies/names.ts'

interface Told {
  by: PeerId
  at: number
  evidence: Evidence
}

/**
 * How what one caller measured reaches others: it tells some of the runners that it has links to, and they pass it on with their next
 * word, the newest few. Who tells about itself is told like any other; whom to believe is for each router to say.
 */
export class Gossip {
  private readonly boards: Told[][]
  private readonly names: Names
  private readonly lagMs: number

  constructor(runners: number, names: Names, lagMs: number) {
    this.boards = Array.from({ length: runners }, () => [])
    this.names = names
    this.lagMs = lagMs
  }

  /** What a caller has to tell, and what has reached it since the last time. */
  exchange(caller: Caller, peer: number, now: number): void {
    if (now < caller.gossipAt) return
    const before = caller.gossipAt - EVIDENCE_MS - this.lagMs
    caller.gossipAt = now + EVIDENCE_MS
    this.tell(caller, `12D3KooW${String(peer).padStart(44, 'c')}`, now)
    for (const runner of some(caller.known, EVIDENCE_TOLD_TO)) {
      for (const { by, at, evidence } of this.boards[runner] ?? []) {
        if (at <= before || at > now - this.lagMs) continue
        caller.placement.observe({ type: 'evidence', by, ...evidence }, now)
      }
    }
  }

  private tell({ placement, known }: Caller, by: PeerId, now: number): void {
    for (const evidence of placement.evidence(now)) {
      for (const runner of some(known, EVIDENCE_TOLD_TO)) {
        if (this.names.peers[runner] === evidence.peer) continue
        const board = this.boards[runner] ?? []
        board.push({ by, at: now, evidence })
        if (board.length > EVIDENCE_HELD_MAX) board.shift()
      }
    }
  }
}

/** The first ones are near, so those around hear; the rest is farther. */
function some(known: Int32Array, count: number): Int32Array {
  return known.filter((_, i) => i < count / 2 || (i >= known.length / 2 && i < known.length / 2 + count / 2))
}
