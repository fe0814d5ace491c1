import type { Clock, HitherError, LogLine, Profile } from '@hither/core'
import { neverBegan } from './errors.ts'
import { Berths, type Berth, type Wait } from './berths.ts'
import { Sandbox } from './sandbox.ts'
import { Concurrency } from './concurrency.ts'
import { Pool } from './pool.ts'
import { Guard } from './guard.ts'
import type { Lending } from './lending.ts'
import { CALL_COST_MS, DEATHS_MAX } from './limits.ts'
import type { Outbound } from './outbound/outbound.ts'
import type { Start } from './placement.ts'
import { FairQueue } from './queue.ts'
import type { Spare } from './spare.ts'
import { Texts } from './texts.ts'
import type { Ticket } from './ticket.ts'
import type { Timers } from './timers.ts'
import { Weights } from './weights.ts'

export interface DispatchInit {
  lent: Lending
  spares: Record<Profile, Spare>
  now: Clock
  timers: Timers
  /** The way out for functions' own requests. */
  outbound: Outbound
  log: (line: LogLine) => void
  /** The reader of its answer wants no more of it. */
  onLeft: (ticket: Ticket) => void
  /** It was taken from the queue, for others have all processes. */
  onCrowdedOut: (ticket: Ticket) => void
  /** Nothing waits and nothing runs any more. */
  onIdle: () => void
}

/** Gives waiting calls to processes, starts and ends these, and takes calls back from processes that died too early. */
export class Dispatch {
  readonly pool: Pool
  readonly queue: FairQueue<Ticket>
  readonly weights: Weights = new Weights()
  readonly concurrency: Concurrency
  private readonly init: DispatchInit
  private readonly guard: Guard
  private readonly texts: Texts
  private readonly berths: Berths
  /** Callers, by what they call, for whom there was no place when it was last looked: nothing has changed since. */
  private readonly hopeless = new Set<string>()
  private pumping = false
  /** What is expected to take so much of a core waits for one, in ms. */
  private coreMs = 0

  constructor(init: DispatchInit) {
    this.init = init
    this.pool = new Pool(init.lent.memoryMb)
    const { lent, now, timers } = init
    const concurrency = new Concurrency({ lent, now, running: () => this.running })
    this.concurrency = concurrency
    this.queue = new FairQueue({
      get places() {
        return concurrency.slots
      },
      costOf: ({ key }) => Math.max(CALL_COST_MS, this.weights.meanMs(key)),
    })
    this.texts = new Texts({
      onFailed: (ticket, error) => {
        this.queue.remove(ticket)
        ticket.fail(error)
      },
      onChange: () => this.pumpSoon(),
    })
    const { pool, weights, texts } = this
    this.berths = new Berths({ lent, pool, weights, texts, lightMs: () => this.lightMs() })
    this.guard = new Guard({
      pool,
      weights,
      lent,
      now,
      timers,
      onOwed: ({ path }, ms) => this.queue.charge(path, ms),
      onChange: () => this.pump(),
    })
  }

  /** Calls that processes have. */
  get running(): number {
    return this.queue.running
  }

  /** Gives out what waits, as far as there is room. Called whenever there may be more. */
  pump(): void {
    if (this.queue.length > 0 || this.coreMs > 0) this.handOut()
    if (this.running === 0 && this.queue.length === 0) this.init.onIdle()
  }

  private handOut(): void {
    for (;;) {
      this.coreMs = 0
      this.hopeless.clear()
      // Of many calls of one function, the first speaks for all.
      const waits = new Map<string, Wait>()
      const taken = this.queue.take((ticket) => {
        const known = waits.get(ticket.place)
        const turn = known ?? this.berths.turnOf(ticket)
        if (typeof turn !== 'string') return turn
        if (known === undefined) {
          this.hopeless.add(ticket.line)
          waits.set(ticket.place, turn)
        }
        if (turn === 'core') this.coreMs += this.weights.lightMs(ticket.key)
        return undefined
      })
      if (taken === undefined) break
      const { item: ticket, picked } = taken
      if ('refuse' in picked) {
        this.queue.done(ticket, 0)
        ticket.fail(picked.refuse)
      } else this.send(ticket, picked)
    }
    this.refuse()
    // What waits for a slot, or for more than its publisher has, is no sign of too many slots.
    this.concurrency.waits(this.coreMs)
  }

  /** Something new: it begins at once, or waits. Where the like of it found no place before, neither does it. */
  offer(ticket: Ticket): void {
    const berth = this.queue.enter(ticket, this.entry)
    if (berth !== undefined) return this.send(ticket, berth)
    this.queue.push(ticket)
    if (this.hopeless.has(ticket.line)) this.refuse()
    else this.pump()
  }

  /**
   * A call may come. Its function is loaded where it would go, if that is an idle process and nothing else runs or waits: that it may be for
   * nothing is then in nobody's way.
   */
  expect(ticket: Ticket, code: () => string): void {
    const { key, cordon, bundle } = ticket
    if (this.running > 0 || this.queue.length > 0 || this.weights.weigh(key) === 'heavy') return
    if (this.pool.of(cordon).some((one) => one.isWarm(key))) return
    const choice = this.berths.choose(ticket)
    const idle = choice !== 'wait' && 'place' in choice ? choice.place : undefined
    if (idle?.ready !== true || !idle.free || idle.lane !== 'light') return
    if (!idle.residents.remembers(bundle)) ticket.text = code()
    idle.expect(ticket)
    ticket.text = undefined
    this.trim(ticket)
    this.guard.watch(idle)
  }

  private readonly entry = (ticket: Ticket): Berth | undefined => {
    const found = this.berths.find(ticket)
    return typeof found === 'string' ? undefined : found
  }

  /** Once for all that comes in at once. */
  private pumpSoon(): void {
    if (this.pumping || (this.queue.length === 0 && this.coreMs === 0)) return
    this.pumping = true
    queueMicrotask(() => {
      this.pumping = false
      this.pump()
    })
  }

  /** What light calls that wait are expected to take of a core, in ms. */
  lightMs(): number {
    return this.queue.sum((ticket) => this.weights.lightMs(ticket.key))
  }

  /** Its caller has given up. A place in the queue is free at once, one in a process when the handler has ended. */
  cancel(ticket: Ticket): void {
    if (this.queue.remove(ticket)) return this.pump()
    ticket.sandbox?.cancel(ticket)
  }

  /** What is lent has changed. */
  fit(): void {
    for (const surplus of this.pool.lend(this.init.lent.memoryMb)) surplus.kill()
    this.pump()
  }

  /** Ends every process that has calls, or in which some go on, at once. `error` says what a call is told, by whether it may have begun. */
  interrupt(error: (begun: boolean) => HitherError): void {
    for (const sandbox of this.pool) {
      for (const ticket of sandbox.calls.values()) ticket.fail(error(sandbox.hasBegun(ticket)))
      if (sandbox.calls.size > 0 || sandbox.desk.lingers || !sandbox.free) sandbox.kill()
    }
  }

  private send(ticket: Ticket, berth: Berth): void {
    const sandbox = 'start' in berth ? this.open(ticket, berth) : berth.place
    if ('lane' in berth) sandbox.lane = berth.lane
    ticket.sandbox = sandbox
    sandbox.send(ticket)
    this.texts.placed(ticket)
    if (ticket.cold) this.trim(ticket)
    this.guard.watch(sandbox)
  }

  /** Its function is loaded, which may be one more than there can be, or than its cordon can have. */
  private trim({ cordon, share: { functions } }: Ticket): void {
    this.pool.trim()
    if (functions !== undefined) this.pool.trimOf(cordon, functions)
  }

  /** Another runner may have a process for those that have none here and get none soon. */
  private refuse(): void {
    if (!this.pool.crowded) return
    const { pool } = this
    const crowdedOut = ({ cordon, share }: Ticket): boolean => pool.of(cordon).length === 0 && pool.isTaken(share.group)
    for (const ticket of this.queue.matching(crowdedOut)) {
      this.queue.remove(ticket)
      this.init.onCrowdedOut(ticket)
    }
  }

  private open({ cordon, share, job }: Ticket, { start: lane, extra }: Start): Sandbox {
    const { now, timers, log, spares, outbound } = this.init
    const spare = spares[job.profile]
    const sandbox = new Sandbox({
      cordon,
      profile: job.profile,
      share,
      lane,
      cores: () => this.init.lent.cores,
      extra,
      process: spare.take(),
      now,
      timers,
      outbound,
      log,
      weights: this.weights,
      onFree: () => this.pumpSoon(),
      onEnded: (ticket) => this.over(ticket),
      onLeft: (ticket) => this.init.onLeft(ticket),
      onUnrun: (ticket) => this.again(ticket),
      onResumed: (one) => this.guard.watch(one),
      onGone: (gone) => {
        this.pool.remove(gone)
        this.pump()
      },
    })
    this.pool.add(sandbox)
    // Ready before it is needed; if it cannot be, whoever needs it learns why.
    spare.prepare().catch(() => undefined)
    return sandbox
  }

  /** Its process has done with it. It keeps its slot until the last of its answer was read, which takes room until then. */
  private over(ticket: Ticket): void {
    ticket.sandbox?.arrears.charged(costOf(ticket))
    ticket.sandbox = undefined
    this.concurrency.answered()
    if (ticket.over) this.leave(ticket)
    else ticket.outcome.whenOver(() => this.leave(ticket))
  }

  private leave(ticket: Ticket): void {
    this.queue.done(ticket, costOf(ticket))
    this.pumpSoon()
    if (this.running === 0 && this.queue.length === 0) this.init.onIdle()
  }

  /** It never began, so nobody can tell that it was sent before. */
  private again(ticket: Ticket): void {
    ticket.sandbox = undefined
    if (!ticket.over && ticket.deaths < DEATHS_MAX) this.queue.giveBack(ticket)
    else {
      this.leave(ticket)
      if (!ticket.over) ticket.fail(neverBegan(ticket.deaths))
    }
    this.pump()
  }
}

/** What it is charged with. */
function costOf({ cpuMs }: Ticket): number {
  return Math.max(CALL_COST_MS, cpuMs)
}
