import { FRAME_HEAD_BYTES, isWorthTelling, type Placement } from '@hither/core'
import type { Ledger } from '../control/ledger.ts'
import { LISTENS_MS } from '../control/net-limits.ts'
import { BEAT_BYTES, wordBytes } from '../control/sizes.ts'
import { Talk } from '../control/talk.ts'
import type { Engine } from '../engine/engine.ts'
import { JITTER, OPENING_PINGS, RELINK_MS, SILENCE_MS } from '../limits.ts'
import { mix } from '../random.ts'
import type { Names } from './names.ts'
import type { Words } from './words.ts'

/** A peer that calls: its own router, and what it has heard of the runners it listens to. Brought up to date when it is needed. */
export interface Caller {
  placement: Placement
  peer: number
  talk: Talk
  /** The runners it listens to. */
  known: Int32Array
  /** How far they are, in ms. */
  wayMs: Float64Array
  /** When each said what was heard last. */
  heardAt: Float64Array
  /** When each came up, as far as is known here: -1 where it is taken for down. */
  upAt: Float64Array
  /** Its own runner's number; -1 for none. */
  own: number
  /** When it next tells what it measured. */
  gossipAt: number
  /** Before this time nothing new reaches it, unless a runner leaves or comes. */
  dueAt: number
  /** How many had left and come when that was reckoned. */
  lives: number
}

/** Where callers hear from, and who counts it. */
export interface Hearing {
  engine: Engine
  words: Words
  names: Names
  ledger: Ledger
}

const DOWN = -1

/** A beat's way is longer or shorter by up to twice the deviation of a call's. */
function beatJitter(runner: number, beat: number): number {
  return 1 + 4 * JITTER * (mix(runner, beat, 0x6ea7) / 2 ** 32 - 0.5)
}

export function makeCaller(engine: Engine, placement: Placement, peer: number, known: readonly number[]): Caller {
  const { world } = engine
  return {
    placement,
    peer,
    talk: new Talk(known.length),
    known: Int32Array.from(known),
    wayMs: Float64Array.from(known, (runner) => world.rtt(peer, world.runners.peer[runner] ?? 0)),
    heardAt: new Float64Array(known.length).fill(-1),
    upAt: new Float64Array(known.length).fill(DOWN),
    own: world.peers.runner[peer] ?? -1,
    gossipAt: 0,
    dueAt: 0,
    lives: 0,
  }
}

/** All that reached it by now is told to its router: links that came and went, round trips, words. */
export function bringUp(hearing: Hearing, caller: Caller, now: number): void {
  const { engine, words, names } = hearing
  const { placement, known, own } = caller
  const { lives } = engine.machines
  if (now >= caller.dueAt || lives !== caller.lives) {
    caller.lives = lives
    caller.dueAt = Infinity
    for (let i = 0; i < known.length; i++) hear(hearing, caller, i, now)
  }
  if (own === -1 || engine.machines.alive[own] === 0) return
  placement.observe({ type: 'state', peer: names.peers[own] ?? '', state: words.state(own, now) }, now)
}

/** The same of one of those that it listens to; tells when there is more. */
function hear(hearing: Hearing, caller: Caller, i: number, now: number): void {
  const { engine, words, names, ledger } = hearing
  const { machines, lagMs } = engine
  const { placement, known, wayMs, heardAt, upAt, talk } = caller
  const runner = known[i] ?? 0
  const peer = names.peers[runner] ?? ''
  const way = wayMs[i] ?? 0
  const since = machines.upAt[runner] ?? 0
  if (upAt[i] !== DOWN && (upAt[i] !== since || machines.alive[runner] === 0)) {
    const heardMs = machines.closed[runner] === 1 ? way / 2 : SILENCE_MS
    const downAt = (machines.downAt[runner] ?? 0) + heardMs
    if (now >= downAt) {
      upAt[i] = DOWN
      placement.observe({ type: 'down', peer }, now)
    } else caller.dueAt = Math.min(caller.dueAt, downAt)
  }
  if (upAt[i] === DOWN) {
    if (machines.alive[runner] === 0) return
    if (now < since + RELINK_MS) {
      caller.dueAt = Math.min(caller.dueAt, since + RELINK_MS)
      return
    }
    upAt[i] = since
    placement.observe({ type: 'up', peer }, now)
    for (let ping = 0; ping < OPENING_PINGS; ping++) {
      placement.observe({ type: 'rtt', peer, ms: way * beatJitter(runner, ping) }, now)
    }
    // The answers to its first pings bring its word: nobody has to wait for the next that it has for all.
    if (runner !== caller.own) {
      const state = words.state(runner, now)
      talk.told[i] = state
      // Links that are there at the beginning are older than the run.
      const isNew = Number.isFinite(since)
      if (isNew) ledger.said('states', caller.peer, runner, FRAME_HEAD_BYTES + wordBytes(undefined, state), now)
      placement.observe({ type: 'state', peer, state }, now)
    }
  }
  if (runner === caller.own) return
  if (now >= talk.measuresAt(i, now)) {
    talk.measured(i, now)
    placement.observe({ type: 'rtt', peer, ms: way * beatJitter(runner, now) }, now)
  }
  const heardNext = words.nextHeardAt(runner, now, way / 2, lagMs)
  caller.dueAt = Math.min(caller.dueAt, talk.measuresAt(i, now), heardNext)
  const saidAt = words.saidAt(runner, now, way / 2, lagMs)
  const sinceMs = saidAt - (heardAt[i] ?? 0)
  if (sinceMs <= 0) return
  const before = talk.told[i]
  const everyMs = words.everyMs(runner, lagMs)
  if (before !== undefined && sinceMs < everyMs) return
  const state = words.said(runner, saidAt)
  if (state === undefined) return
  heardAt[i] = saidAt
  if (before !== undefined && before.warm === state.warm && !isWorthTelling(before, state)) return
  talk.told[i] = state
  // It may have said something each time since it was asked for here last.
  const times = Math.max(1, Math.floor(Math.min(sinceMs, LISTENS_MS) / everyMs))
  const named = before !== undefined && before.warm !== state.warm
  const unnamed = named ? { ...state, warm: before.warm } : state
  ledger.said('states', caller.peer, runner, times * (FRAME_HEAD_BYTES + wordBytes(before, unnamed)), now)
  if (named) ledger.namedWarm(wordBytes(before, state) - wordBytes(before, unnamed))
  placement.observe({ type: 'state', peer, state }, now)
}

/** A call to a runner leaves, or is over; what keeps the link alive meanwhile is said, too. Gives which link; -1 for none. */
export function talked(
  { ledger }: Hearing,
  caller: Caller,
  runner: number,
  what: 'calls' | 'ends',
  now: number,
): number {
  const link = caller.known.indexOf(runner)
  if (link === -1 || runner === caller.own) return -1
  const { talk } = caller
  ledger.said('beats', caller.peer, runner, talk[what](link, now) * BEAT_BYTES, now)
  if (what === 'ends') return link
  if (now >= talk.measuresAt(link, now)) {
    talk.measured(link, now)
    ledger.said('beats', caller.peer, runner, BEAT_BYTES, now)
  }
  // From now on it measures more often.
  caller.dueAt = Math.min(caller.dueAt, talk.measuresAt(link, now))
  return link
}
