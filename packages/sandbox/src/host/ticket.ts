import {
  HitherError,
  isWhole,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type Clock,
  type Job,
  type RunMetrics,
  type Share,
} from '@hither/core'
import { sharedNow } from '../ipc/clock.ts'
import { Feed } from './feed.ts'
import { Outcome, type Ending } from './outcome.ts'
import type { Seat, Waiting } from './queue.ts'
import { redactorOf, type Redactor } from './redact.ts'
import type { Sandbox } from './sandbox.ts'

/** What a process measured of a call. */
export interface Measured {
  runMs: number
  cpuMs: number
}

/** Among whom a call waits: a group, its publisher where there are several, a caller. */
function pathOf({ cordon, caller }: Job, { group }: Share): string[] {
  return [group, ...(group === cordon ? [] : [cordon]), caller]
}

/** Who is told what becomes of a call. */
export interface TicketEvents {
  /** Its caller is refused. Until when that is not to be told. */
  refused(ticket: Ticket, error: HitherError): Promise<void> | undefined
  /** Its caller has all of it, or has given up, or was told why not. */
  settled(ticket: Ticket, error: HitherError | undefined): void
}

const NOBODY: TicketEvents = { refused: () => undefined, settled: () => undefined }

/** One call from its admission to the last byte of its answer. */
export class Ticket implements Waiting<Ticket>, Ending {
  readonly job: Job
  readonly caller: string
  /** A publisher whose standing changes never has an old process serve in the new profile. */
  readonly cordon: string
  /** The function's CID in text, by which maps know it; with the version of its secrets, for these are given once, at the start. */
  readonly key: string
  /** The same for all versions of the secrets. */
  readonly slot: string
  readonly redact: Redactor
  /** What it may have, as far as is known. */
  share: Share
  /** Among whom it waits. */
  readonly path: readonly string[]
  readonly outcome: Outcome
  /** Its request's body, where that does not travel whole. */
  readonly feed?: Feed
  /** What its caller gives it, waiting included, and when that is over on the machine's clock: then it may not begin. */
  readonly wallMs: number
  readonly deadlineMs: number
  /** The bundle's text, once it was asked for. */
  text?: string | undefined
  /** Its number in the process that runs it, and its function's. */
  callId = 0
  fn = 0
  /** How often its process died before it began. */
  deaths = 0
  /** How often it was taken back from a process that did not get to it. */
  leases = 0
  cold = false
  /** Processor time that the parent saw it take, in ms, to some 20 ms. */
  seenCpuMs = 0
  /** And what its process said that it took. */
  saidCpuMs?: number
  /** When the process was told to cancel it. */
  cancelledMs?: number
  /** Where it is. */
  sandbox?: Sandbox | undefined
  /** Calls it off when its caller has given up. */
  signal?: AbortSignal | undefined
  onAbort?: (() => void) | undefined
  seat?: Seat<Ticket> | undefined
  private readonly events: TicketEvents
  /** Only those that wait need them. */
  private placeName: string | undefined
  private lineName: string | undefined
  private readonly now: Clock
  private readonly queuedMs: number
  private sentMs?: number
  private startedMs: number | undefined

  /** Throws what `job.share` throws. */
  constructor(job: Job, now: Clock, events: TicketEvents = NOBODY) {
    this.job = job
    this.caller = job.caller
    this.share = job.share()
    this.cordon = `${job.profile} ${job.cordon}`
    const { secrets } = job
    this.key = secrets === undefined ? job.cid.toString() : `${job.cid.toString()} ${secrets.version}`
    this.slot = secrets === undefined ? this.key : `${job.cid.toString()} ${secrets.of}`
    this.redact = redactorOf(secrets)
    this.path = pathOf(job, this.share)
    this.now = now
    this.queuedMs = now()
    this.wallMs = Math.min(job.remainingMs, job.manifest.limits.wallMs)
    this.deadlineMs = sharedNow() + this.wallMs
    this.events = events
    this.outcome = new Outcome(this)
    const { body, manifest } = job
    const short = isWhole(body) && body.length <= WHOLE_BODY_MAX_BYTES
    if (short) return
    this.feed = new Feed(body, manifest.limits.bodyBytes)
  }

  /** How long it is here, in ms. */
  get ageMs(): number {
    return this.now() - this.queuedMs
  }

  /** Its function behind its cordon. */
  get place(): string {
    return (this.placeName ??= `${this.cordon} ${this.key}`)
  }

  /** The same for its caller alone. */
  get line(): string {
    return (this.lineName ??= `${this.place} ${this.caller}`)
  }

  heldBack(error: HitherError): Promise<void> | undefined {
    return error.code === 'busy' ? this.events.refused(this, error) : undefined
  }

  settled(error: HitherError | undefined): void {
    // Whoever is refused may take the body elsewhere.
    if (error?.retry !== 'elsewhere') this.feed?.leave()
    this.events.settled(this, error)
  }

  /** Asks what it may have now. The refusal where that is nothing any more. */
  renew(): HitherError | undefined {
    try {
      this.share = this.job.share()
      return undefined
    } catch (error) {
      return toHitherError(error)
    }
  }

  /** The CID of its function's code. */
  get bundle(): string {
    return this.job.manifest.bundle.toString()
  }

  get cpuMs(): number {
    return this.saidCpuMs ?? this.seenCpuMs
  }

  /** How long it may wait where others would be refused, in ms. */
  get waitMs(): number {
    return this.job.waitMs ?? 0
  }

  get weight(): number {
    return this.share.weight
  }

  /** Its caller has all of it, or has given up, or was told why not. */
  get over(): boolean {
    return this.outcome.over
  }

  /** Its process had some of its request, or gave some of its answer: it can be given to no other. */
  get touched(): boolean {
    return this.outcome.begun || this.feed?.begun === true
  }

  /** What a process that did not get to it had measured counts no more. `loading`: it cannot start yet. */
  sent(cold: boolean, loading: boolean, now: number): void {
    this.cold = cold
    this.sentMs = now
    this.startedMs = loading ? undefined : this.sentMs
  }

  /** The function is loaded: from here on it runs. */
  started(): void {
    this.startedMs ??= this.now()
  }

  /** Of what its caller gives it, in ms. */
  get leftMs(): number {
    return this.deadlineMs - sharedNow()
  }

  /** How long it has been waiting, in ms. */
  get waitedMs(): number {
    return this.now() - this.queuedMs
  }

  /** `measured` by the process; else what the parent could see. Undefined while nothing was sent. */
  metrics(measured?: Measured): RunMetrics | undefined {
    if (this.sentMs === undefined) return undefined
    const startedMs = this.startedMs ?? this.now()
    return {
      fetchMs: 0,
      queueMs: this.sentMs - this.queuedMs,
      startMs: startedMs - this.sentMs,
      runMs: measured?.runMs ?? this.now() - startedMs,
      cpuMs: measured?.cpuMs ?? this.seenCpuMs,
      cold: this.cold,
    }
  }

  /** Ends it at once, whatever of its answer was not read yet. The first end counts. */
  fail(error: HitherError): void {
    if (!this.over) this.outcome.fail(this.withMetrics(error))
  }

  /** Its process says that it ended so: what of its answer came before is still read. */
  failed(error: HitherError, measured: Measured): void {
    // A handler that could not read its request is not to blame for failing.
    const why = error.code === 'handler-failed' ? (this.feed?.error ?? error) : error
    this.outcome.failed(this.withMetrics(why, measured))
  }

  private withMetrics(thrown: HitherError, measured?: Measured): HitherError {
    const error = this.redact.error(thrown)
    const metrics = this.metrics(measured)
    if (metrics === undefined) return error
    const { code, message, why, fix, cause } = error
    return new HitherError(code, message, {
      ...(why !== undefined && { why }),
      ...(fix !== undefined && { fix }),
      ...(cause !== undefined && { cause }),
      data: { ...error.data, metrics },
    })
  }
}
