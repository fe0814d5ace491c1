import type { RunnerState } from '@hither/core'
import { halved } from './estimate.ts'
import type { Functions } from './functions.ts'
import { HOLD_DEFAULT_MS, LOAD_HINT_MS } from './limits.ts'
import type { PeerRecord, Word } from './peer-record.ts'
import { distanceMs } from './rtt.ts'

/** A state counts the caller's own calls too; those are known better here, so they are taken out. */
export function hear(record: PeerRecord, state: RunnerState, now: number): Word {
  return { state, at: now, foreign: Math.max(0, state.busy + state.queued - record.ownCalls) }
}

/** Calls on a runner now, running or waiting: one's own, exactly, and others' by its word, which fades. */
export function loadOf(record: PeerRecord, { foreign, at }: Word, now: number): number {
  return record.ownCalls + foreign * Math.min(1, halved(now - at - LOAD_HINT_MS, LOAD_HINT_MS))
}

/** No free slot, and somebody waits already. */
export function isFull(record: PeerRecord, word: Word, now: number): boolean {
  return loadOf(record, word, now) >= word.state.slots + 1
}

/**
 * How long a call sent now waits for a slot, in ms: as many as are ahead of it must end, and `slots` of them run at once.
 * Each holds its slot as long as *it* takes, not as long as the call that waits: a short one behind a long one waits long.
 */
export function waitMs(record: PeerRecord, word: Word, functions: Functions, now: number): number {
  const load = loadOf(record, word, now)
  const ahead = load + 1 - word.state.slots
  if (ahead <= 0) return 0
  const held = ownHoldMs(record, functions, now) + (load - record.ownCalls) * (record.hold?.mean ?? HOLD_DEFAULT_MS)
  return (ahead * (held / load)) / word.state.slots
}

/** The sum over one's own calls there. One that has taken long already is expected to take as long again. */
function ownHoldMs(record: PeerRecord, functions: Functions, now: number): number {
  let sum = 0
  for (const [cid, { count, quietSince }] of record.underWay) {
    const usualMs = functions.get(cid)?.run.mean ?? HOLD_DEFAULT_MS
    sum += count * Math.max(usualMs, now - quietSince - distanceMs(record.rtt))
  }
  return sum
}
