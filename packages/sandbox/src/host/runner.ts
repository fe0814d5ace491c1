import {
  toHitherError,
  type CID,
  type Clock,
  type Expected,
  type HitherError,
  type Jail,
  type Job,
  type Lent,
  type LogLine,
  type Options,
  type Runner,
  type RunnerLoad,
  type RunResult,
} from '@hither/core'
import { Backlog } from './backlog.ts'
import { Dispatch } from './dispatch.ts'
import { Entrance } from './entrance.ts'
import { excess } from './caps.ts'
import { Deadlines } from './deadlines.ts'
import {
  capped,
  crowdedOut,
  draining,
  interrupted,
  leftAlone,
  notVolunteering,
  pastDeadline,
  stopped,
} from './errors.ts'
import type { Spawn } from './launch/command.ts'
import type { Machine } from './launch/machine.ts'
import type { Lending } from './lending.ts'
import { logAll } from './log-all.ts'
import { Outbound } from './outbound/outbound.ts'
import type { OwnNetworks } from './outbound/own-addresses.ts'
import type { Resolve } from './outbound/resolve.ts'
import { Pace } from './pace.ts'
import { refusalOf } from './refusal.ts'
import { jobOf } from './expected.ts'
import { Speed } from './speed.ts'
import { Supply } from './supply.ts'
import { Ticket, type TicketEvents } from './ticket.ts'
import type { Timers } from './timers.ts'

export interface RunnerParts {
  lent: Lending
  /** What would be lent with so much. */
  lend: (lent: Lent) => Lending
  strangers: boolean
  weakJail: boolean
  machine: Machine
  spawn: Spawn
  now: Clock
  timers: Timers
  /** Looks up hosts that functions ask. */
  resolve: Resolve
  /** The networks that this machine is in. */
  own: OwnNetworks
  log: (line: LogLine) => void
}

export function sandboxRunner(parts: RunnerParts): Runner {
  return new SandboxRunner(parts)
}

/** Admits calls or refuses them, and holds each to its deadline. */
class SandboxRunner implements Runner, TicketEvents {
  private readonly parts: RunnerParts
  private readonly supply: Supply
  private readonly dispatch: Dispatch
  private readonly backlog: Backlog
  private readonly entrance: Entrance
  private readonly pace: Pace
  private readonly speed: Speed
  private stopping: Promise<void> | undefined
  /** All calls, to their ends. */
  private readonly open: Deadlines<Ticket>
  private idle = Promise.withResolvers<void>()
  /** Changed in place: whoever holds it goes by what it says now. */
  private readonly lent: Lending

  constructor(parts: RunnerParts) {
    this.parts = parts
    this.lent = { ...parts.lent }
    this.pace = new Pace(parts.now, parts.timers)
    this.speed = new Speed(parts)
    this.open = new Deadlines(parts.timers, (ticket) => this.giveUp(ticket, pastDeadline(ticket.wallMs)))
    this.supply = new Supply({
      ...parts,
      memoryMb: () => this.lent.memoryMb,
      stopping: () => this.stopping !== undefined,
    })
    this.dispatch = new Dispatch({
      ...parts,
      lent: this.lent,
      log: logAll(parts.log, parts.now),
      outbound: new Outbound({ ...parts, egress: () => this.lent.egress }),
      spares: this.supply.spares,
      onLeft: (ticket) => this.giveUp(ticket, leftAlone()),
      onCrowdedOut: (ticket) => ticket.fail(crowdedOut(this.backlog.retryAfterMs(ticket))),
      onIdle: () => {
        if (this.stopping !== undefined) this.idle.resolve()
      },
    })
    this.backlog = new Backlog({ dispatch: this.dispatch, lent: this.lent })
    this.entrance = new Entrance({ dispatch: this.dispatch, backlog: this.backlog, timers: parts.timers })
  }

  async start(): Promise<void> {
    const { stopping } = this
    await stopping
    if (stopping !== undefined && this.stopping === stopping) {
      this.stopping = undefined
      this.idle = Promise.withResolvers()
      this.supply.reopen()
    }
    await this.supply.prepare()
  }

  jail(): Jail {
    return this.supply.jail()
  }

  run(job: Job, { signal }: Options = {}): Promise<RunResult> {
    try {
      if (signal?.aborted === true) throw toHitherError(signal.reason)
      if (this.stopping !== undefined) throw draining()
      const ticket = new Ticket(job, this.parts.now, this)
      const refusal = refusalOf(ticket, this.jail(), this.lent.memoryMb)
      if (refusal !== undefined) throw refusal
      const full = this.entrance.fullFor(ticket)
      if (full !== undefined) return this.paced(job.caller, full, signal)
      return this.take(ticket, signal)
    } catch (error) {
      return Promise.reject(toHitherError(error))
    }
  }

  expect(call: Expected): void {
    if (this.stopping !== undefined) return
    try {
      const ticket = new Ticket(jobOf(call), this.parts.now)
      if (refusalOf(ticket, this.jail(), this.lent.memoryMb) === undefined)
        this.dispatch.expect(ticket, () => call.code())
    } catch {
      // Whatever is wrong with it, the call itself is told.
    }
  }

  load(): RunnerLoad {
    const { fleet, running: busy, queue, concurrency } = this.dispatch
    const queued = queue.length
    const speed = this.speed.say(busy + queued === 0)
    return {
      slots: concurrency.slots,
      busy,
      queued,
      cores: { lent: this.lent.cores, burning: fleet.pool.burning, waiting: this.backlog.heavy },
      memoryMb: this.lent.memoryMb,
      ...(speed !== undefined && { speed }),
    }
  }

  warm(): CID[] {
    return this.dispatch.fleet.pool.warm().map(({ cid }) => cid)
  }

  isWarm(cid: CID): boolean {
    return this.dispatch.fleet.pool.isWarm(cid)
  }

  lend(lent: Lent): void {
    Object.assign(this.lent, this.parts.lend(lent))
    this.dispatch.fit()
  }

  interrupt(running: 'finish' | 'abort'): void {
    for (const ticket of this.dispatch.queue.clear()) ticket.fail(notVolunteering())
    if (running === 'finish') return
    this.dispatch.fleet.interrupt((begun) => (begun ? interrupted() : notVolunteering()))
  }

  async stop({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.stopping ??= this.end(graceMs)
    // Also where an earlier stop had more patience.
    if (graceMs === 0) this.idle.resolve()
    await this.stopping
  }

  private async paced(caller: string, error: HitherError, signal: AbortSignal | undefined): Promise<never> {
    await this.pace.hold(caller, signal)
    throw error
  }

  private take(ticket: Ticket, signal: AbortSignal | undefined): Promise<RunResult> {
    const over = excess(ticket, this.open.keys())
    const refusal = over && capped(over, this.backlog.cappedMs(over.limit, ticket, this.open.keys()))
    ticket.signal = signal
    if (signal !== undefined) {
      // Not as it is assigned: V8 takes such a function for one that lasts, and the whole call with it until the next full collection.
      const onAbort = (): void => this.giveUp(ticket, toHitherError(signal.reason))
      ticket.onAbort = onAbort
      signal.addEventListener('abort', onAbort)
    }
    this.open.add(ticket, ticket.deadlineMs)
    if (refusal === undefined) this.entrance.admit(ticket)
    else ticket.fail(refusal)
    return ticket.outcome.answer
  }

  refused({ caller, signal }: Ticket): Promise<void> | undefined {
    return this.pace.hold(caller, signal)
  }

  settled(ticket: Ticket, error: HitherError | undefined): void {
    this.open.delete(ticket)
    this.entrance.forget(ticket)
    const { metrics } = ticket.outcome
    // One that was cut short says nothing of how long such calls last.
    if (error === undefined && metrics !== undefined) this.backlog.learn(metrics)
    if (ticket.onAbort !== undefined) ticket.signal?.removeEventListener('abort', ticket.onAbort)
  }

  private giveUp(ticket: Ticket, error: HitherError): void {
    if (ticket.over) return
    ticket.fail(error)
    this.dispatch.cancel(ticket)
  }

  private async end(graceMs: number): Promise<void> {
    // Set before anything is refused or over, since both ask for it.
    await Promise.resolve()
    // What waits has not begun: others can have it now.
    for (const ticket of this.dispatch.queue.clear()) ticket.fail(draining())
    const callOff = this.parts.timers.after(graceMs, () => this.idle.resolve())
    this.dispatch.pump()
    await this.idle.promise
    callOff()
    // Some of what ran may have come back, and would be given a process as soon as another is gone.
    for (const ticket of this.dispatch.queue.clear()) ticket.fail(draining())
    for (const ticket of this.open.keys()) ticket.fail(stopped())
    await this.supply.stop()
  }
}
