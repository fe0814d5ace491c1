import type { CID, ErrorCode, PeerId, Placement, RouteQuery, RunnerState } from '@hither/core'
import { CID_A, idle, metrics, query, warmWith } from './fixtures.ts'

/** A runner of the fake world. Tests change its fields as time goes on. */
export interface FakeRunner {
  peer: PeerId
  rttMs: number
  slots: number
  /** Places in its queue. */
  places: number
  busy: number
  waiting: (() => void)[]
  warm: Set<CID>
  coldMs: number
  serviceMs: () => number
  /** Refuses everything with this, whatever it says of itself. */
  refuses?: ErrorCode | undefined
  /** Fails everything with this. */
  fails?: ErrorCode | undefined
  /** What it says of itself, where that is not the truth. */
  pretends?: Partial<RunnerState>
}

export interface FakeCall {
  at: number
  /** Who was asked, in order. */
  asked: PeerId[]
  /** Who answered. */
  by?: PeerId
  endedAt?: number
}

export interface World {
  now: number
  runners: FakeRunner[]
  calls: FakeCall[]
  call(cid?: CID, asking?: Partial<RouteQuery>): FakeCall
  at(ms: number, act: () => void): void
  /** Lets virtual time pass. */
  runUntil(ms: number): void
}

const HEARTBEAT_MS = 1000

export function runner(peer: PeerId, rttMs: number, more: Partial<FakeRunner> = {}): FakeRunner {
  const own = { busy: 0, waiting: [], warm: new Set<CID>() }
  return { peer, rttMs, slots: 4, places: 1, coldMs: 10, serviceMs: () => 20, ...own, ...more }
}

/** A caller, its placement and some runners in virtual time: calls travel, run, queue, are refused and fail. */
export function world(placement: Placement, runners: FakeRunner[]): World {
  const events: { at: number; act: () => void }[] = []
  const self: World = { now: 0, runners, calls: [], call, at, runUntil }

  function at(ms: number, act: () => void): void {
    const before = events.findLastIndex((event) => event.at <= ms)
    events.splice(before + 1, 0, { at: ms, act })
  }
  const after = (ms: number, act: () => void): void => at(self.now + ms, act)

  function runUntil(ms: number): void {
    for (let next = events[0]; next !== undefined && next.at <= ms; next = events[0]) {
      events.shift()
      self.now = next.at
      next.act()
    }
    self.now = ms
  }

  const stateOf = (it: FakeRunner): RunnerState => {
    const { slots, busy, waiting, warm, pretends } = it
    return idle({ slots, busy, queued: waiting.length, warm: warmWith(...warm), ...pretends })
  }

  const heartbeat = (it: FakeRunner): void => {
    const state = stateOf(it)
    after(it.rttMs, () => {
      placement.observe({ type: 'rtt', peer: it.peer, ms: it.rttMs }, self.now)
      placement.observe({ type: 'state', peer: it.peer, state }, self.now)
    })
    after(HEARTBEAT_MS, () => heartbeat(it))
  }

  function call(cid: CID = CID_A, asking: Partial<RouteQuery> = {}): FakeCall {
    const made: FakeCall = { at: self.now, asked: [] }
    self.calls.push(made)
    attempt(made, cid, asking)
    return made
  }

  function attempt(made: FakeCall, cid: CID, asking: Partial<RouteQuery> = {}): void {
    const { choice } = placement.route(query({ ...asking, cid, tried: new Set(made.asked) }), self.now)
    const it = runners.find(({ peer }) => peer === choice)
    if (it === undefined) return
    made.asked.push(it.peer)
    placement.observe({ type: 'sent', peer: it.peer, cid }, self.now)
    after(it.rttMs / 2, () => arrive(it, made, cid))
  }

  function arrive(it: FakeRunner, made: FakeCall, cid: CID): void {
    const full = it.busy >= it.slots && it.waiting.length >= it.places
    const refusal = it.refuses ?? (full ? 'busy' : undefined)
    if (refusal !== undefined) giveBack(it, made, cid, 'refused', refusal)
    else if (it.fails !== undefined) giveBack(it, made, cid, 'failed', it.fails)
    else if (it.busy < it.slots) start(it, made, cid, self.now)
    else {
      const arrivedAt = self.now
      it.waiting.push(() => start(it, made, cid, arrivedAt))
    }
  }

  function giveBack(it: FakeRunner, made: FakeCall, cid: CID, type: 'refused' | 'failed', code: ErrorCode): void {
    const state = stateOf(it)
    after(it.rttMs / 2, () => {
      placement.observe({ type, peer: it.peer, cid, code }, self.now)
      placement.observe({ type: 'state', peer: it.peer, state }, self.now)
      attempt(made, cid)
    })
  }

  function start(it: FakeRunner, made: FakeCall, cid: CID, arrivedAt: number): void {
    it.busy++
    const cold = !it.warm.has(cid)
    const startMs = cold ? it.coldMs : 0
    const runMs = it.serviceMs()
    const queueMs = self.now - arrivedAt
    it.warm.add(cid)
    after(startMs + runMs, () => {
      it.busy--
      it.waiting.shift()?.()
      const state = stateOf(it)
      after(it.rttMs / 2, () => {
        made.by = it.peer
        made.endedAt = self.now
        const measures = metrics({ queueMs, startMs, runMs, cold })
        placement.observe({ type: 'answered', peer: it.peer, cid, metrics: measures }, self.now)
        placement.observe({ type: 'state', peer: it.peer, state }, self.now)
        placement.observe({ type: 'rtt', peer: it.peer, ms: it.rttMs }, self.now)
      })
    })
  }

  for (const it of runners) {
    placement.observe({ type: 'up', peer: it.peer }, 0)
    heartbeat(it)
  }
  return self
}

/** Shares of the calls by who answered them. */
export function shares(calls: readonly FakeCall[]): Record<PeerId, number> {
  const counts: Record<PeerId, number> = {}
  for (const { by } of calls) if (by !== undefined) counts[by] = (counts[by] ?? 0) + 1 / calls.length
  return counts
}
