import {
  mayFail,
  type HitherError,
  type ResponseHead,
  type RunMetrics,
  type RunResult,
  type WholeRun,
} from '@hither/core'
import { AnswerStream, type AnswerStreamInit } from './answer-stream.ts'

/** Who has to do with how a call ends. */
export interface Ending {
  /** Until when its caller is not to be told this, where that is held back. */
  heldBack(error: HitherError): Promise<void> | undefined
  /** Nothing follows. */
  settled(error: HitherError | undefined): void
}

/** What the caller of a call gets: an answer or an error, and of a streamed answer all that follows. */
export class Outcome {
  readonly answer: Promise<RunResult>
  /** Nothing follows: it was answered whole, read to its end, given up, or failed. */
  over = false
  /** Of an answer that is complete. */
  metrics: RunMetrics | undefined
  private readonly ending: Ending
  private readonly opening = Promise.withResolvers<RunResult>()
  private listeners: ((error: HitherError | undefined) => void)[] | undefined
  private stream: AnswerStream | undefined
  /** Of a streamed answer. */
  private measured: PromiseWithResolvers<RunMetrics> | undefined
  private error: HitherError | undefined

  constructor(ending: Ending) {
    this.ending = ending
    this.answer = this.opening.promise
  }

  /** Runs it when this is over, at once where it is already. */
  whenOver(listen: (error: HitherError | undefined) => void): void {
    if (this.over) listen(this.error)
    else (this.listeners ??= []).push(listen)
  }

  /** All of the answer is here. */
  whole(run: WholeRun): void {
    if (this.over) return
    this.metrics = run.metrics
    this.opening.resolve(run)
    this.finish(undefined)
  }

  /** The answer has begun. One that nobody waits for any more still has a stream, for pieces that are under way. */
  begin({ status, headers }: ResponseHead, init: Omit<AnswerStreamInit, 'onOver'>): void {
    const body = new AnswerStream({ ...init, onOver: (error) => this.finish(error) })
    this.stream = body
    this.measured = Promise.withResolvers()
    if (this.over) void body.return()
    else this.opening.resolve({ status, headers, body, metrics: mayFail(this.measured.promise) })
  }

  get begun(): boolean {
    return this.stream !== undefined
  }

  /** The next piece of it. False where it is one too many. */
  came(piece: Uint8Array): boolean {
    return this.stream?.came(piece) === true
  }

  /** The answer that has begun is complete. */
  complete(metrics: RunMetrics | undefined): void {
    this.metrics = metrics
    this.stream?.close()
  }

  /** It ended with this, which is told after what of the answer is here. */
  failed(error: HitherError): void {
    if (this.stream === undefined) this.fail(error)
    else this.stream.close(error)
  }

  /** It ends here with this. */
  fail(error: HitherError): void {
    if (this.over) return
    const until = this.ending.heldBack(error)
    if (until === undefined) this.opening.reject(error)
    else void this.reject(error, until)
    this.stream?.abort(error)
    this.finish(error)
  }

  private async reject(error: HitherError, until: Promise<void>): Promise<void> {
    await until
    this.opening.reject(error)
  }

  private finish(error: HitherError | undefined): void {
    if (this.over) return
    this.over = true
    this.error = error
    if (error !== undefined) this.measured?.reject(error)
    else if (this.metrics !== undefined) this.measured?.resolve(this.metrics)
    this.ending.settled(error)
    const listeners = this.listeners ?? []
    this.listeners = undefined
    for (const listen of listeners) listen(error)
  }
}
