import { HitherError, toHitherError, type Clock, type LogLine, type Profile } from '@hither/core'
import { Sandbox } from './sandbox.ts'
import { Pool } from './pool.ts'
import { Guard } from './guard.ts'
import { DEATHS_MAX, TEXTS_MAX } from './limits.ts'
import { place, type Lane } from './placement.ts'
import { FairQueue } from './queue.ts'
import { maySend } from './shares.ts'
import type { Spare } from './spare.ts'
import type { Ticket } from './ticket.ts'
import type { Timers } from './timers.ts'
import { Weights } from './weights.ts'

export interface DispatchInit {
  cores: number
  /** Calls that processes have at once. */
  slots: number
  memoryMb: number
  spares: Record<Profile, Spare>
  now: Clock
  timers: Timers
  log: (line: LogLine) => void
  /** The reader of its answer wants no more of it. */
  onLeft: (ticket: Ticket) => void
  /** It was taken from the queue, for others have all processes. */
  onCrowdedOut: (ticket: Ticket) => void
  /** Nothing waits and nothing runs any more. */
  onIdle: () => void
}

/** Where a call goes: to a process that is there and the lane it serves from now on, or to a new one. */
type Berth = { sandbox: Sandbox; lane: Lane } | { start: Lane }

/** Gives waiting calls to processes, starts and ends these, and takes calls back from processes that died too early. */
export class Dispatch {
  readonly pool: Pool
  readonly queue: FairQueue<Ticket> = new FairQueue()
  readonly weights: Weights = new Weights()
  /** Calls that processes have. */
  running = 0
  private readonly init: DispatchInit
  private readonly guard: Guard
  /** Functions whose text is being asked for, and the call that asks. */
  private readonly fetching = new Map<string, Ticket>()
  /** Calls that have their function's text and no process yet, the oldest first. */
  private readonly texts = new Set<Ticket>()
  private readonly berths = new Map<Ticket, Sandbox>()

  constructor(init: DispatchInit) {
    this.init = init
    this.pool = new Pool(init.memoryMb)
    const { pool, weights } = this
    const { memoryMb, now, timers } = init
    this.guard = new Guard({ pool, weights, memoryMb, now, timers, onChange: () => this.pump() })
  }

  /** Gives out what waits, as far as there is room. Called whenever there may be. */
  pump(): void {
    while (this.running < this.init.slots) {
      const taken = this.queue.take(
        (ticket) => this.choose(ticket),
        (cordon) => this.pool.callsOf(cordon),
      )
      if (taken === undefined) break
      const { item: ticket, picked } = taken
      const sandbox = 'sandbox' in picked ? picked.sandbox : this.open(ticket, picked.start)
      if ('lane' in picked) sandbox.lane = picked.lane
      this.running += 1
      this.berths.set(ticket, sandbox)
      sandbox.send(ticket)
      this.texts.delete(ticket)
      this.guard.watch(sandbox)
    }
    this.refuse()
    if (this.running === 0 && this.queue.length === 0) this.init.onIdle()
  }

  /** Its caller has given up. A place in the queue is free at once, one in a process when the handler has ended. */
  cancel(ticket: Ticket): void {
    if (this.queue.remove(ticket)) return this.pump()
    this.berths.get(ticket)?.cancel(ticket)
  }

  private choose(ticket: Ticket): Berth | undefined {
    const { key, cordon } = ticket
    const { weights, pool } = this
    if (!maySend(pool.callsOf(cordon), this.init.slots - this.running)) return undefined
    const wish = { key, weight: weights.weigh(key), meanMs: weights.meanMs(key), waitedMs: ticket.waitedMs }
    const room = { cores: this.init.cores, burning: wish.weight === 'heavy' ? pool.burning : 0 }
    const choice = place(wish, pool.of(cordon), room)
    if (choice === 'wait') return undefined
    const isWarm = 'place' in choice && choice.place.isWarm(key)
    if (!isWarm && ticket.text === undefined) return this.fetch(ticket)
    if ('place' in choice) return { sandbox: choice.place, lane: choice.lane }
    return this.makeRoom() ? { start: choice.start } : undefined
  }

  /** One call asks for the text; the others of its function find it warm then, or ask in their turn. */
  private fetch(ticket: Ticket): undefined {
    if (this.fetching.has(ticket.key) || this.fetching.size >= TEXTS_MAX) return
    this.fetching.set(ticket.key, ticket)
    const fetched = (): void => {
      if (this.fetching.get(ticket.key) === ticket) this.fetching.delete(ticket.key)
    }
    // However long it takes to come: nobody needs it any more.
    ticket.outcome.whenOver(() => {
      fetched()
      this.texts.delete(ticket)
    })
    ticket.job
      .code()
      .then(
        (text) => this.keep(ticket, text),
        (error: unknown) => {
          this.queue.remove(ticket)
          ticket.fail(toHitherError(error))
        },
      )
      .finally(() => {
        fetched()
        this.pump()
      })
  }

  private keep(ticket: Ticket, text: string): void {
    if (ticket.settled) return
    ticket.text = text
    this.texts.add(ticket)
    const [oldest] = this.texts
    if (oldest === undefined || this.texts.size <= TEXTS_MAX) return
    this.texts.delete(oldest)
    delete oldest.text
  }

  /** Another runner may have a process for those that have none here and get none soon. */
  private refuse(): void {
    if (!this.pool.taken) return
    for (const ticket of this.queue.matching(({ cordon }) => this.pool.of(cordon).length === 0)) {
      this.queue.remove(ticket)
      this.init.onCrowdedOut(ticket)
    }
  }

  /** A process of another cordon goes where there are too many. */
  private makeRoom(): boolean {
    if (!this.pool.full) return true
    // The end of one that is going already calls for another try.
    if (!this.pool.ending) this.pool.idlest()?.kill()
    return false
  }

  private open({ cordon, job }: Ticket, lane: Lane): Sandbox {
    const { now, log, spares } = this.init
    const spare = spares[job.profile]
    const sandbox = new Sandbox({
      cordon,
      lane,
      process: spare.take(),
      now,
      log,
      weights: this.weights,
      onFree: () => this.pump(),
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
    this.pool.trim()
    // Ready before it is needed; if it cannot be, whoever needs it learns why.
    spare.prepare().catch(() => undefined)
    return sandbox
  }

  /** Its process has done with it. It keeps its slot until the last of its answer was read, which takes room until then. */
  private over(ticket: Ticket): void {
    this.berths.delete(ticket)
    ticket.outcome.whenOver(() => this.free())
  }

  private free(): void {
    this.running -= 1
    this.pump()
  }

  /** It never began, so nobody can tell that it was sent before. */
  private again(ticket: Ticket): void {
    if (!ticket.settled) {
      if (ticket.deaths < DEATHS_MAX) this.queue.giveBack(ticket)
      else ticket.fail(neverBegan(ticket))
    }
    this.berths.delete(ticket)
    this.free()
  }
}

function neverBegan(ticket: Ticket): HitherError {
  return new HitherError('sandbox-crashed', `${ticket.deaths} processes died before the call began`, {
    why: 'sandbox processes do not start here, or other functions of the same publisher break them',
    fix: 'see the log of the runner',
  })
}
