import {
  FRAME_MAX_BYTES,
  isWhole,
  toHitherError,
  type CID,
  type Clock,
  type HitherError,
  type Jail,
  type Job,
  type Lent,
  type LogLine,
  type Options,
  type Profile,
  type Runner,
  type RunnerLoad,
  type RunResult,
} from '@hither/core'
import { Backlog } from './backlog.ts'
import { Dispatch } from './dispatch.ts'
import { excess } from './caps.ts'
import { Deadlines } from './deadlines.ts'
import {
  busy,
  capped,
  crowdedOut,
  draining,
  interrupted,
  leftAlone,
  noPlace,
  noTime,
  notVolunteering,
  pastDeadline,
  stopped,
  tooLarge,
  tooManyVariables,
  unsupported,
} from './errors.ts'
import type { Spawn } from './launch/command.ts'
import { Launcher } from './launch/launcher.ts'
import type { Machine } from './launch/machine.ts'
import type { Lending } from './lending.ts'
import { logAll } from './log-all.ts'
import { Outbound } from './outbound/outbound.ts'
import type { OwnNetworks } from './outbound/own-addresses.ts'
import type { Resolve } from './outbound/resolve.ts'
import { Pace } from './pace.ts'
import { rehearse } from './rehearsal.ts'
import { Spare } from './spare.ts'
import { measureSpeed } from './speed.ts'
import { Ticket, type TicketEvents } from './ticket.ts'
import { held, type Timers } from './timers.ts'

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

/** Half of a frame is left for what else the head of a call says. */
const HEAD_MAX_BYTES: number = FRAME_MAX_BYTES / 2

/** Of UTF-8. */
const CHAR_MAX_BYTES = 3

/** Admits calls or refuses them, and holds each to its deadline. */
class SandboxRunner implements Runner, TicketEvents {
  private readonly parts: RunnerParts
  private readonly launcher: Launcher
  private readonly spares: Record<Profile, Spare>
  private readonly dispatch: Dispatch
  private readonly backlog: Backlog
  private readonly pace: Pace
  private speed: number | undefined
  private stopping: Promise<void> | undefined
  /** All calls, to their ends; and those that waited for a slot when they came. */
  private readonly open: Deadlines<Ticket>
  private readonly waiting: Deadlines<Ticket>
  private idle = Promise.withResolvers<void>()
  /** Changed in place: whoever holds it goes by what it says now. */
  private readonly lent: Lending

  constructor(parts: RunnerParts) {
    this.parts = parts
    const { spawn, timers } = parts
    this.launcher = new Launcher({ ...parts, memoryMb: () => this.lent.memoryMb })
    this.lent = { ...parts.lent }
    this.pace = new Pace(parts.now)
    this.open = new Deadlines(timers, (ticket) => this.giveUp(ticket, pastDeadline(ticket.wallMs)))
    this.waiting = new Deadlines(timers, (ticket) => this.tire(ticket))
    this.spares = {
      trusted: new Spare({ spawn, timers, launch: this.launcher.launch('trusted') }),
      strangers: new Spare({ spawn, timers, launch: this.launcher.launch('strangers') }),
    }
    this.dispatch = new Dispatch({
      ...parts,
      lent: this.lent,
      log: logAll(parts.log, parts.now),
      outbound: new Outbound({ ...parts, egress: () => this.lent.egress }),
      spares: this.spares,
      onLeft: (ticket) => this.giveUp(ticket, leftAlone()),
      onCrowdedOut: (ticket) => ticket.fail(crowdedOut(this.backlog.retryAfterMs(ticket))),
      onIdle: () => {
        if (this.stopping !== undefined) this.idle.resolve()
      },
    })
    this.backlog = new Backlog({ dispatch: this.dispatch, lent: this.lent })
  }

  async start(): Promise<void> {
    const { stopping } = this
    await stopping
    if (stopping !== undefined && this.stopping === stopping) {
      this.stopping = undefined
      this.idle = Promise.withResolvers()
    }
    this.speed = measureSpeed()
    await Promise.all([this.launcher.explore(), this.launcher.freeze('trusted')])
    await Promise.all([this.spares.trusted.prepare(), rehearse(this.lent, this.parts.now)])
    if (!this.parts.strangers || this.jail().grants.strangers === undefined) return
    await this.launcher.freeze('strangers')
    await this.spares.strangers.prepare().catch((error: unknown) => {
      const { message, why } = toHitherError(error)
      this.launcher.refuseStrangers(why ?? message)
    })
  }

  jail(): Jail {
    return this.launcher.jail()
  }

  run(job: Job, { signal }: Options = {}): Promise<RunResult> {
    try {
      if (signal?.aborted === true) throw toHitherError(signal.reason)
      if (this.stopping !== undefined) throw draining()
      const ticket = new Ticket(job, this.parts.now, this)
      const refusal = this.refusal(ticket)
      if (refusal !== undefined) throw refusal
      const full = this.fullFor(ticket)
      if (full !== undefined) return this.paced(job.caller, full, signal)
      return this.take(ticket, signal)
    } catch (error) {
      return Promise.reject(toHitherError(error))
    }
  }

  load(): RunnerLoad {
    const { pool } = this.dispatch
    return {
      slots: this.dispatch.concurrency.slots,
      busy: this.dispatch.running,
      queued: this.dispatch.queue.length,
      cores: { lent: this.lent.cores, burning: pool.burning, waiting: this.backlog.heavy },
      memoryMb: this.lent.memoryMb,
      ...(this.speed !== undefined && { speed: this.speed }),
      // Most who ask how busy it is, at every call, do not ask for this.
      get warm() {
        return pool.warm().map(({ cid }) => cid)
      },
    }
  }

  isWarm(cid: CID): boolean {
    return this.dispatch.pool.isWarm(cid)
  }

  lend(lent: Lent): void {
    Object.assign(this.lent, this.parts.lend(lent))
    this.dispatch.fit()
  }

  interrupt(running: 'finish' | 'abort'): void {
    for (const ticket of this.dispatch.queue.clear()) ticket.fail(notVolunteering())
    if (running === 'finish') return
    this.dispatch.interrupt((begun) => (begun ? interrupted() : notVolunteering()))
  }

  async stop({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.stopping ??= this.end(graceMs)
    // Also where an earlier stop had more patience.
    if (graceMs === 0) this.idle.resolve()
    await this.stopping
  }

  private refusal({ job, share }: Ticket): HitherError | undefined {
    const headBytes = headBytesOf(job)
    if (headBytes > HEAD_MAX_BYTES) return tooLarge('head', headBytes, HEAD_MAX_BYTES)
    const { bodyBytes } = job.manifest.limits
    if (isWhole(job.body) && job.body.length > bodyBytes) return tooLarge('body', job.body.length, bodyBytes)
    const { memoryMb } = this.lent
    const mostMb = Math.min(memoryMb, share.memoryMb ?? memoryMb)
    return unsupported(job, this.jail(), mostMb) ?? tooManyVariables(job)
  }

  /**
   * What `admit` would find in the end, at once: a flood of calls that are refused must leave time to run the others. Of this caller
   * one of the same function waits already, nobody waits with more, and there is no place: it would be the one to go.
   */
  private fullFor({ job, path, waitMs }: Ticket): HitherError | undefined {
    const { queue } = this.dispatch
    if (queue.length === 0 || waitMs > 0) return undefined
    const waiting = queue.longest(path)
    const first = waiting?.find((ticket) => ticket.job.cid.equals(job.cid) && ticket.job.profile === job.profile)
    if (first === undefined || this.backlog.hasRoom(first, 1)) return undefined
    return busy(this.backlog.retryAfterMs(first))
  }

  private async paced(caller: string, error: HitherError, signal: AbortSignal | undefined): Promise<never> {
    await this.holdBack(caller, signal)
    throw error
  }

  /** A caller that is refused too often hears of it later. */
  private holdBack(caller: string, signal: AbortSignal | undefined): Promise<void> | undefined {
    const ms = this.pace.holdMs(caller)
    return ms > 0 ? held(this.parts.timers, ms, signal) : undefined
  }

  private take(ticket: Ticket, signal: AbortSignal | undefined): Promise<RunResult> {
    const over = excess(ticket, this.open.keys())
    ticket.signal = signal
    if (signal !== undefined) {
      ticket.onAbort = () => this.giveUp(ticket, toHitherError(signal.reason))
      signal.addEventListener('abort', ticket.onAbort)
    }
    this.open.add(ticket, ticket.deadlineMs)
    if (over === undefined) this.admit(ticket)
    else ticket.fail(capped(over, this.backlog.retryAfterMs(ticket)))
    return ticket.outcome.answer
  }

  refused({ caller, signal }: Ticket): Promise<void> | undefined {
    return this.holdBack(caller, signal)
  }

  settled(ticket: Ticket, error: HitherError | undefined): void {
    this.open.delete(ticket)
    this.waiting.delete(ticket)
    const { metrics } = ticket.outcome
    // One that was cut short says nothing of how long such calls last.
    if (error === undefined && metrics !== undefined) this.backlog.learn(metrics)
    if (ticket.onAbort !== undefined) ticket.signal?.removeEventListener('abort', ticket.onAbort)
  }

  private admit(ticket: Ticket): void {
    const { queue } = this.dispatch
    this.dispatch.offer(ticket)
    if (ticket.over || queue.length === 0) return
    const waitMs = this.backlog.forecastMs(ticket)
    if (waitMs > ticket.wallMs && queue.remove(ticket)) return ticket.fail(noTime(waitMs, ticket.wallMs))
    if (!this.backlog.hasRoom(ticket)) {
      const surplus = queue.surplus(ticket)
      if (queue.remove(surplus)) surplus.fail(busy(this.backlog.retryAfterMs(surplus)))
    }
    const mostMs = this.backlog.patienceMs(ticket)
    if (mostMs < ticket.wallMs && queue.waits(ticket))
      this.waiting.add(ticket, ticket.deadlineMs - ticket.wallMs + mostMs)
  }

  /** It waited for a slot as long as it may. */
  private tire(ticket: Ticket): void {
    const waitedMs = Math.min(this.backlog.patienceMs(ticket), ticket.wallMs)
    if (this.dispatch.queue.remove(ticket)) ticket.fail(noPlace(waitedMs, this.backlog.retryAfterMs(ticket)))
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
    for (const ticket of this.open.keys()) ticket.fail(stopped())
    await Promise.all([this.spares.trusted.stop(), this.spares.strangers.stop()])
    this.launcher.close()
  }
}

/** Of method, URL and headers, in UTF-8; where they are few, what they have at most. */
function headBytesOf({ request: { method, url, headers } }: Job): number {
  let chars = method.length + url.length
  for (const [name, value] of headers) chars += name.length + value.length
  return chars * CHAR_MAX_BYTES <= HEAD_MAX_BYTES ? chars : Buffer.byteLength([method, url, ...headers.flat()].join(''))
}
