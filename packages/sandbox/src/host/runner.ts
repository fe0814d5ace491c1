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
import { pathOf, Ticket } from './ticket.ts'
import { held, notBefore, type Timers } from './timers.ts'

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
class SandboxRunner implements Runner {
  private readonly parts: RunnerParts
  private readonly launcher: Launcher
  private readonly spares: Record<Profile, Spare>
  private readonly dispatch: Dispatch
  private readonly backlog: Backlog
  private readonly pace: Pace
  private speed: number | undefined
  private stopping: Promise<void> | undefined
  private readonly open = new Set<Ticket>()
  private idle = Promise.withResolvers<void>()
  /** Changed in place: whoever holds it goes by what it says now. */
  private readonly lent: Lending

  constructor(parts: RunnerParts) {
    this.parts = parts
    const { spawn, timers } = parts
    this.launcher = new Launcher({ ...parts, memoryMb: () => this.lent.memoryMb })
    this.lent = { ...parts.lent }
    this.pace = new Pace(parts.now)
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

  async run(job: Job, { signal }: Options = {}): Promise<RunResult> {
    if (signal?.aborted === true) throw toHitherError(signal.reason)
    const refusal = this.refusal(job)
    if (refusal !== undefined) throw refusal
    const full = this.fullFor(job)
    if (full !== undefined) return this.paced(job.caller, full, signal)
    const ticket = new Ticket(job, this.parts.now)
    const over = excess(ticket, this.open)
    const { deadlineMs, wallMs } = ticket
    const callOff = notBefore(this.parts.timers, deadlineMs, () => this.giveUp(ticket, pastDeadline(wallMs)))
    const onAbort = (): void => this.giveUp(ticket, toHitherError(signal?.reason))
    signal?.addEventListener('abort', onAbort)
    this.open.add(ticket)
    ticket.outcome.whenOver(() => {
      this.open.delete(ticket)
      callOff()
      signal?.removeEventListener('abort', onAbort)
    })
    if (over === undefined) this.admit(ticket)
    else ticket.fail(capped(over, this.backlog.retryAfterMs(ticket)))
    const result = await ticket.outcome.answer.catch((error: unknown) => this.paced(job.caller, error, signal))
    if ('runMs' in result.metrics) this.backlog.learn(result.metrics)
    else
      // One that was cut short says nothing of how long such calls last.
      result.metrics.then((metrics) => this.backlog.learn(metrics)).catch(() => undefined)
    return result
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

  private refusal(job: Job): HitherError | undefined {
    if (this.stopping !== undefined) return draining()
    const { method, url, headers } = job.request
    const headBytes = bytesOf(method, url, ...headers.flat())
    // Half of a frame is left for what else the head of a call says.
    if (headBytes > FRAME_MAX_BYTES / 2) return tooLarge('head', headBytes, FRAME_MAX_BYTES / 2)
    const { bodyBytes } = job.manifest.limits
    if (isWhole(job.body) && job.body.length > bodyBytes) return tooLarge('body', job.body.length, bodyBytes)
    const { memoryMb } = this.lent
    const mostMb = Math.min(memoryMb, job.share().memoryMb ?? memoryMb)
    return unsupported(job, this.jail(), mostMb) ?? tooManyVariables(job)
  }

  /**
   * What `admit` would find in the end, at once: a flood of calls that are refused must leave time to run the others. Of this caller
   * one of the same function waits already, nobody waits with more, and there is no place: it would be the one to go.
   */
  private fullFor(job: Job): HitherError | undefined {
    const { queue } = this.dispatch
    if (queue.length === 0 || (job.waitMs ?? 0) > 0) return undefined
    const waiting = queue.longest(pathOf(job, job.share()))
    const first = waiting?.find((ticket) => ticket.job.cid.equals(job.cid) && ticket.job.profile === job.profile)
    if (first === undefined || this.backlog.hasRoom(first, 1)) return undefined
    return busy(this.backlog.retryAfterMs(first))
  }

  /** A caller that is refused too often hears of it later. */
  private async paced(caller: string, error: unknown, signal: AbortSignal | undefined): Promise<never> {
    const ms = toHitherError(error).code === 'busy' ? this.pace.holdMs(caller) : 0
    if (ms > 0) await held(this.parts.timers, ms, signal)
    throw error
  }

  private admit(ticket: Ticket): void {
    const { queue } = this.dispatch
    this.dispatch.offer(ticket)
    if (ticket.settled) return
    const waitMs = this.backlog.forecastMs(ticket)
    if (waitMs > ticket.wallMs && queue.remove(ticket)) return ticket.fail(noTime(waitMs, ticket.wallMs))
    if (!this.backlog.hasRoom(ticket)) {
      const surplus = queue.surplus(ticket)
      if (queue.remove(surplus)) surplus.fail(busy(this.backlog.retryAfterMs(surplus)))
    }
    const mostMs = this.backlog.patienceMs(ticket)
    if (mostMs < ticket.wallMs && queue.waits(ticket)) this.hurry(ticket, mostMs)
  }

  private hurry(ticket: Ticket, mostMs: number): void {
    const callOff = this.parts.timers.after(mostMs, () => {
      if (this.dispatch.queue.remove(ticket)) ticket.fail(noPlace(mostMs, this.backlog.retryAfterMs(ticket)))
    })
    ticket.outcome.whenOver(callOff)
  }

  private giveUp(ticket: Ticket, error: HitherError): void {
    if (ticket.settled) return
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
    for (const ticket of this.open) ticket.fail(stopped())
    await Promise.all([this.spares.trusted.stop(), this.spares.strangers.stop()])
    this.launcher.close()
  }
}

function bytesOf(...texts: string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}
