import { router } from '@hither/router'
import {
  FRAME_HEAD_BYTES,
  isWorthTelling,
  type PeerId,
  type Random,
  type RunMetrics,
  type RunnerState,
} from '@hither/core'
import { Gossip } from '../control/gossip.ts'
import { Ledger, type Counted, type Traffic } from '../control/ledger.ts'
import { REFUSAL_BYTES, wordBytes } from '../control/sizes.ts'
import type { Engine } from '../engine/engine.ts'
import type { Liars } from '../engine/liars.ts'
import { GIVES_UP, NOBODY, type Policy } from '../engine/policy.ts'
import { BUNDLE_BITS } from '../limits.ts'
import { generator } from '../random.ts'
import { knownRunners } from '../world/known.ts'
import { bringUp, makeCaller, talked, type Caller, type Hearing } from './caller.ts'
import type { Names } from './names.ts'
import { Words } from './words.ts'

/** Of so many decisions one is timed. */
const TIMED_EVERY = 16

/** A round trip reckoned from a call is believed where it is at least this share of what heartbeats measured, as `peer` does. */
const RTT_SAMPLE_MIN_SHARE = 0.5

const NO_NEEDS: readonly string[] = []
const NONE: ReadonlySet<PeerId> = new Set()

/** The router that ships, an own one for each caller. */
export class Hither implements Policy {
  /** What decisions took, some of them, by the real clock, in µs. */
  readonly micros: number[] = []
  /** Calls whose answers were wrong, and nobody saw it. */
  readonly wrongAnswers: number[] = []
  private readonly names: Names
  private readonly liars: Liars
  private readonly now: () => number
  private readonly counted: Counted
  private readonly callers: (Caller | undefined)[] = []
  private readonly said: (RunnerState | undefined)[] = []
  private decisions = 0
  private hedgeMs: number | undefined
  private retryMs: number | undefined
  private parts: (Hearing & { gossip: Gossip }) | undefined

  /** `counted`: when control traffic is. */
  constructor(names: Names, liars: Liars, now: () => number, counted: Counted) {
    this.counted = counted
    this.names = names
    this.liars = liars
    this.now = now
  }

  begin(engine: Engine): void {
    const { world, machines, lagMs } = engine
    this.parts = {
      engine,
      names: this.names,
      ledger: new Ledger(world, this.counted),
      words: new Words(world, machines, this.liars, this.names),
      gossip: new Gossip(world.runners.count, this.names, lagMs),
    }
  }

  choose(call: number, tried: readonly number[], now: number, again: boolean): number {
    return this.route(call, tried, now, again, false)
  }

  second(call: number, tried: readonly number[], now: number): number {
    return this.route(call, tried, now, false, true)
  }

  hedgeAfterMs(): number | undefined {
    return this.hedgeMs
  }

  retryAfterMs(): number | undefined {
    return this.retryMs
  }

  sent(attempt: number, now: number, again: boolean): void {
    const { caller, peer, cid, runner, hedge } = this.of(attempt)
    talked(this.running(), caller, runner, 'calls', now)
    caller.placement.observe({ type: 'sent', peer, cid, hedge, retry: again }, now)
  }

  leaves(attempt: number, now: number): void {
    const { engine, words } = this.running()
    this.said[attempt] = words.state(engine.machines.attempts.runner[attempt] ?? 0, now)
  }

  answered(attempt: number, now: number): boolean {
    const { engine } = this.running()
    const { attempts } = engine.machines
    const { caller, peer, cid, runner, wayMs } = this.of(attempt)
    const metrics = this.metrics(attempt, wayMs)
    const ms = now - (attempts.sentAt[attempt] ?? 0)
    caller.placement.observe({ type: 'answered', peer, cid, metrics, ms }, now)
    this.hear(attempt, caller, peer, FRAME_HEAD_BYTES, now)
    const onTheWayMs = ms - metrics.fetchMs - metrics.queueMs - metrics.startMs - metrics.runMs
    if (runner !== caller.own && onTheWayMs >= wayMs * RTT_SAMPLE_MIN_SHARE) {
      caller.placement.observe({ type: 'rtt', peer, ms: onTheWayMs }, now)
    }
    const call = attempts.call[attempt] ?? 0
    const { wrong, checked } = this.liars.answer(runner, call)
    if (!wrong) return true
    // What may not run twice cannot be checked by running it twice.
    if (!checked || engine.world.functions.repeatable[engine.calls.fn[call] ?? 0] === 0) {
      this.wrongAnswers.push(call)
      return true
    }
    caller.placement.observe({ type: 'caught', peer, why: 'another runner answered otherwise' }, now)
    return false
  }

  refused(attempt: number, now: number): void {
    const { engine } = this.running()
    const { caller, peer, cid, runner } = this.of(attempt)
    const { runners, functions } = engine.world
    // As the runner that ships reckons: when a place will be free if all that wait take as long as usual.
    const queued = this.said[attempt]?.queued ?? 0
    const runMs = functions.workMs / (runners.speed[runner] ?? 1)
    const retryAfterMs = Math.ceil((runMs * (queued + 1)) / (runners.slots[runner] ?? 1))
    caller.placement.observe({ type: 'refused', peer, cid, code: 'busy', retryAfterMs }, now)
    if (runner !== caller.own) this.running().ledger.said('refusals', caller.peer, runner, REFUSAL_BYTES, now)
    this.hear(attempt, caller, peer, 0, now)
  }

  failed(attempt: number, now: number, code: 'link-lost' | 'timeout'): void {
    const { caller, peer, cid, runner } = this.of(attempt)
    bringUp(this.running(), caller, now)
    talked(this.running(), caller, runner, 'ends', now)
    caller.placement.observe({ type: 'failed', peer, cid, code }, now)
  }

  cancelled(attempt: number, now: number): void {
    const { engine } = this.running()
    const { caller, peer, cid, runner } = this.of(attempt)
    talked(this.running(), caller, runner, 'ends', now)
    const ms = now - (engine.machines.attempts.sentAt[attempt] ?? 0)
    caller.placement.observe({ type: 'cancelled', peer, cid, ms }, now)
  }

  publish(runner: number, now: number): void {
    this.running().words.publish(runner, now)
  }

  /** What was said beside calls; undefined before a run. */
  traffic(): Traffic | undefined {
    const { engine, ledger } = this.running()
    const { world } = engine
    return ledger.close((peer) => this.callers[peer]?.known ?? knownRunners(world, peer))
  }

  private route(call: number, tried: readonly number[], now: number, again: boolean, hedge: boolean): number {
    const { engine, gossip } = this.running()
    const { world, calls } = engine
    const caller = this.caller(calls.caller[call] ?? 0, now)
    bringUp(this.running(), caller, now)
    if (this.liars.lie !== undefined) gossip.exchange(caller, calls.caller[call] ?? 0, now)
    const fn = calls.fn[call] ?? 0
    const cid = this.names.cids[fn]
    if (cid === undefined) return NOBODY
    const query = {
      cid,
      needs: NO_NEEDS,
      tried: tried.length === 0 ? NONE : new Set(tried.map((runner) => this.names.peers[runner] ?? '')),
      bundleBytes: BUNDLE_BITS / 8,
      repeatable: world.functions.repeatable[fn] === 1,
      ...(hedge && { hedge }),
      ...(again && { after: 'link-lost' as const }),
    }
    const timed = this.decisions++ % TIMED_EVERY === 0
    const from = timed ? this.now() : 0
    const { choice, hedgeAfterMs, retryAfterMs, overBudget } = caller.placement.route(query, now)
    if (timed) this.micros.push((this.now() - from) * 1000)
    this.hedgeMs = hedgeAfterMs
    this.retryMs = retryAfterMs
    if (overBudget === true) return GIVES_UP
    return choice === undefined ? NOBODY : (this.names.runnerOf.get(choice) ?? NOBODY)
  }

  private caller(peer: number, now: number): Caller {
    const found = this.callers[peer]
    if (found !== undefined) return found
    const { engine, words } = this.running()
    const random: Random = generator(engine.world.seed ^ 0xca11, peer)
    const made = makeCaller(engine, router()({ random }), peer, knownRunners(engine.world, peer))
    this.callers[peer] = made
    for (const runner of made.known) words.listened(runner)
    bringUp(this.running(), made, now)
    return made
  }

  /** What the end of an attempt says of its runner: only what this caller does not know, and would decide otherwise for. */
  private hear(attempt: number, caller: Caller, peer: PeerId, frameBytes: number, now: number): void {
    const { engine, ledger } = this.running()
    const { placement, talk, heardAt, own } = caller
    const runner = engine.machines.attempts.runner[attempt] ?? 0
    const state = this.said[attempt]
    if (state === undefined) return
    const link = talked(this.running(), caller, runner, 'ends', now)
    const told = link === -1 ? undefined : talk.told[link]
    if (runner === own || told === undefined) return placement.observe({ type: 'state', peer, state }, now)
    if (!isWorthTelling(told, state)) return placement.observe({ type: 'state', peer, state: told }, now)
    const news = { ...state, warm: told.warm }
    ledger.said('news', caller.peer, runner, frameBytes + wordBytes(told, news), now)
    talk.told[link] = news
    heardAt[link] = Math.max(heardAt[link] ?? 0, now - (caller.wayMs[link] ?? 0) / 2)
    placement.observe({ type: 'state', peer, state: news }, now)
  }

  private metrics(attempt: number, wayMs: number): RunMetrics {
    const { attempts } = this.running().engine.machines
    const [fetchMs, startMs] = [attempts.fetchMs[attempt] ?? 0, attempts.startMs[attempt] ?? 0]
    const runMs = attempts.runMs[attempt] ?? 0
    const queueMs = (attempts.startedAt[attempt] ?? 0) - (attempts.arrivedAt[attempt] ?? 0)
    const honest = { fetchMs, queueMs, startMs, runMs, cpuMs: runMs, cold: startMs > 0 }
    return this.liars.metrics(attempts.runner[attempt] ?? 0, honest, wayMs)
  }

  private of(attempt: number): {
    caller: Caller
    peer: PeerId
    cid: Names['cids'][number]
    runner: number
    wayMs: number
    hedge: boolean
  } {
    const { engine } = this.running()
    const { attempts } = engine.machines
    const call = attempts.call[attempt] ?? 0
    const runner = attempts.runner[attempt] ?? 0
    const caller = this.callers[engine.calls.caller[call] ?? 0]
    const cid = this.names.cids[engine.calls.fn[call] ?? 0]
    if (caller === undefined || cid === undefined) throw new Error('an attempt of nobody')
    const peer = this.names.peers[runner] ?? ''
    return { caller, peer, cid, runner, wayMs: 2 * engine.wayMs(call, runner), hedge: attempts.hedge[attempt] === 1 }
  }

  private running(): Hearing & { gossip: Gossip } {
    if (this.parts === undefined) throw new Error('not begun')
    return this.parts
  }
}
