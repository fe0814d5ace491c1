import { HitherError, type Clock, type Job, type RunMetrics, type RunResult } from '@hither/core'
import { sharedNow } from '../ipc/clock.ts'

/** One call from its admission to its answer. */
export class Ticket {
  readonly job: Job
  readonly cordon: string
  /** The function's CID in text, by which maps know it. */
  readonly key: string
  readonly answer: Promise<RunResult>
  /** What its caller gives it, waiting included, and when that is over on the machine's clock: then it may not begin. */
  readonly wallMs: number
  readonly deadlineMs: number
  /** The bundle's text, once it was asked for. */
  text?: string
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
  /** When the process was told to cancel it. */
  cancelledMs?: number
  private readonly now: Clock
  private readonly queuedMs: number
  private sentMs?: number
  private startedMs: number | undefined
  private open: PromiseWithResolvers<RunResult> | undefined

  constructor(job: Job, now: Clock) {
    this.job = job
    this.cordon = job.cordon
    this.key = job.cid.toString()
    this.now = now
    this.queuedMs = now()
    this.wallMs = Math.min(job.remainingMs, job.manifest.limits.wallMs)
    this.deadlineMs = sharedNow() + this.wallMs
    this.open = Promise.withResolvers()
    this.answer = this.open.promise
  }

  /** It has its answer, or its caller has given up. */
  get settled(): boolean {
    return this.open === undefined
  }

  /** What a process that did not get to it had measured counts no more. */
  sent(cold: boolean): void {
    this.cold = cold
    this.sentMs = this.now()
    this.startedMs = cold ? undefined : this.sentMs
  }

  /** The function is loaded: from here on it runs. */
  started(): void {
    this.startedMs ??= this.now()
  }

  /** How long it has been waiting, in ms. */
  get waitedMs(): number {
    return this.now() - this.queuedMs
  }

  /** `measured` by the process; else what the parent could see. Undefined while nothing was sent. */
  metrics(measured?: { runMs: number; cpuMs: number }): RunMetrics | undefined {
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

  resolve(result: RunResult): void {
    this.open?.resolve(result)
    this.open = undefined
  }

  /** Rejects, with the measures where there are any. The first answer counts. */
  fail(error: HitherError, measured?: { runMs: number; cpuMs: number }): void {
    const { open } = this
    if (open === undefined) return
    this.open = undefined
    const metrics = this.metrics(measured)
    if (metrics === undefined) return open.reject(error)
    const { code, message, why, fix, cause } = error
    open.reject(
      new HitherError(code, message, {
        ...(why !== undefined && { why }),
        ...(fix !== undefined && { fix }),
        ...(cause !== undefined && { cause }),
        data: { ...error.data, metrics },
      }),
    )
  }
}
