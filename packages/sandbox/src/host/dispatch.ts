import { neverBegan } from './errors.ts'
import { Berths, type Berth, type Wait } from './berths.ts'
import { Concurrency } from './concurrency.ts'
import { Fleet, type FleetInit } from './fleet.ts'
import { CALL_COST_MS, DEATHS_MAX } from './limits.ts'
import { FairQueue } from './queue.ts'
import { Texts } from './texts.ts'
import type { Ticket } from './ticket.ts'
import { Weights } from './weights.ts'

export interface DispatchInit extends Omit<
  FleetInit,
  'weights' | 'onEnded' | 'onUnrun' | 'onOwed' | 'onFree' | 'onChange'
> {
  /** It was taken from the queue, for others have all processes. */
  onCrowdedOut: (ticket: Ticket) => void
  /** Nothing waits and nothing runs any more. */
  onIdle: () => void
}

/** Gives waiting calls to processes, and takes them back from those that died too early. */
export class Dispatch {
  readonly fleet: Fleet
  readonly queue: FairQueue<Ticket>
  readonly weights: Weights = new Weights()
  readonly concurrency: Concurrency
  private readonly init: DispatchInit
  private readonly texts: Texts
  private readonly berths: Berths
  /** Callers, by what they call, for whom there was no place when it was last looked: nothing has changed since. */
  private readonly hopeless = new Set<string>()
  private pumping = false
  /** What is expected to take so much of a core waits for one, in ms. */
  private coreMs = 0

  constructor(init: DispatchInit) {
    this.init = init
    const { weights } = this
    this.fleet = new Fleet({
      ...init,
      weights,
      onEnded: (ticket) => this.over(ticket),
      onUnrun: (ticket) => this.again(ticket),
      onOwed: ({ path }, ms) => this.queue.charge(path, ms),
      onFree: () => this.pumpSoon(),
      onChange: () => this.pump(),
    })
    const { lent, now } = init
    const concurrency = new Concurrency({ lent, now, running: () => this.running })
    this.concurrency = concurrency
    this.queue = new FairQueue({
      get places() {
        return concurrency.slots
      },
      costOf: ({ key }) => Math.max(CALL_COST_MS, weights.meanMs(key)),
    })
    this.texts = new Texts({
      onFailed: (ticket, error) => {
        this.queue.remove(ticket)
        ticket.fail(error)
      },
      onChange: () => this.pumpSoon(),
    })
    const { texts } = this
    this.berths = new Berths({ lent, pool: this.fleet.pool, weights, texts, lightMs: () => this.lightMs() })
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
    if (this.fleet.pool.of(cordon).some((one) => one.isWarm(key))) return
    const choice = this.berths.choose(ticket)
    const idle = choice !== 'wait' && 'place' in choice ? choice.place : undefined
    if (idle?.ready !== true || !idle.free || idle.lane !== 'light') return
    if (!idle.residents.remembers(bundle)) ticket.text = code()
    idle.expect(ticket)
    ticket.text = undefined
    this.fleet.trim(ticket)
    this.fleet.watch(idle)
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
    this.fleet.fit()
    this.pump()
  }

  private send(ticket: Ticket, berth: Berth): void {
    const sandbox = 'start' in berth ? this.fleet.open(ticket, berth) : berth.place
    if ('lane' in berth) sandbox.lane = berth.lane
    ticket.sandbox = sandbox
    sandbox.send(ticket)
    this.texts.placed(ticket)
    if (ticket.cold) this.fleet.trim(ticket)
    this.fleet.watch(sandbox)
  }

  /** Another runner may have a process for those that have none here and get none soon. */
  private refuse(): void {
    const { pool } = this.fleet
    if (!pool.crowded) return
    const crowdedOut = ({ cordon, share }: Ticket): boolean => pool.of(cordon).length === 0 && pool.isTaken(share.group)
    for (const ticket of this.queue.matching(crowdedOut)) {
      this.queue.remove(ticket)
      this.init.onCrowdedOut(ticket)
    }
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
