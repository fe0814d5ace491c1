import { queuePlaces, type RunnerState } from '@hither/core'
import { halved } from './estimate.ts'
import { FULL_GAIN, FULL_SHARE, HOLD_DEFAULT_MS, HOLD_MIN_MS } from './limits/load.ts'
import type { Memory } from './memory.ts'
import type { PeerRecord, Word } from './peer-record.ts'
import { distanceMs } from './rtt.ts'

/** A state counts the caller's own calls too; those are known better here, so they are taken out. */
export function hear(record: PeerRecord, state: RunnerState, now: number): Word {
  const full = state.busy + state.queued >= room(state) ? 1 : 0
  const before = record.word?.full ?? full
  return {
    state,
    at: now,
    foreign: Math.max(0, state.busy + state.queued - record.ownCalls),
    full: before + FULL_GAIN * (full - before),
  }
}

/**
 * Calls on a runner now, running or waiting: one's own, exactly, and others' by its word. That is worth something for as long as
 * calls hold a slot: after a few times that, other calls are there, as many as the price tells.
 */
export function loadOf(record: PeerRecord, { foreign, at }: Word, { typicalMs }: Memory, now: number): number {
  return foreign === 0 ? record.ownCalls : record.ownCalls + foreign * halved(now - at, usualHoldMs(record, typicalMs))
}

/** How long a call holds a slot there. Runners state their own times, and one may say 0. */
export function usualHoldMs({ holdMs }: PeerRecord, typicalMs: number | undefined): number {
  return Math.max(HOLD_MIN_MS, holdMs ?? typicalMs ?? HOLD_DEFAULT_MS)
}

/** No slot and no place in the queue is free; or that was so nearly each time that it spoke. */
export function isFull(record: PeerRecord, word: Word, memory: Memory, now: number): boolean {
  return word.full >= FULL_SHARE || loadOf(record, word, memory, now) >= room(word.state) - 0.5
}

/** Calls that a runner can hold. */
function room({ slots }: RunnerState): number {
  return slots + queuePlaces(slots)
}

/**
 * How long a call sent now waits for a slot, in ms: as many as are ahead of it must end, and `slots` of them run at once.
 * Each holds its slot as long as *it* takes, not as long as the call that waits: a short one behind a long one waits long.
 */
export function waitMs(record: PeerRecord, word: Word, memory: Memory, now: number): number {
  const load = loadOf(record, word, memory, now)
  const ahead = load + 1 - word.state.slots
  if (ahead <= 0) return 0
  const usualMs = usualHoldMs(record, memory.typicalMs)
  const held = ownHoldMs(record, memory, now) + (load - record.ownCalls) * usualMs
  return (ahead * (held / load)) / word.state.slots
}

/** The sum over one's own calls there. One that has taken long already is expected to take as long again. */
function ownHoldMs(record: PeerRecord, { functions, typicalMs }: Memory, now: number): number {
  if (record.underWay === undefined) return 0
  let sum = 0
  for (const [cid, { count, quietSince }] of record.underWay) {
    const usualMs = functions.get(cid)?.runMs ?? typicalMs ?? HOLD_DEFAULT_MS
    sum += count * Math.max(usualMs, now - quietSince - distanceMs(record.rtt))
  }
  return sum
}
