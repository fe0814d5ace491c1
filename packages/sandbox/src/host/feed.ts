import { isWhole, piecesOf, toHitherError, type Body, type HitherError } from '@hither/core'
import { Allowance } from '../ipc/window.ts'
import { bodyTooLong } from './errors.ts'

/** Where the body of a request goes. */
export interface FeedSink {
  /** `given`: nobody else has a use for these bytes. */
  piece(bytes: Uint8Array, given: boolean): void
  /** It is over, or it was broken off. */
  finish(error?: HitherError): void
}

/** The body of a request on its way into a process: no more of it is read than the handler asks for, and it is read once. */
export class Feed {
  /** Why the source broke off, or was. */
  error: HitherError | undefined
  private readonly body: Body
  private readonly maxBytes: number
  /** Only once it is read or left, for asking for it may take the body from everyone else. */
  private source: AsyncIterator<Uint8Array> | undefined
  private readonly allowance = new Allowance(0)
  private sink: FeedSink | undefined
  private more: PromiseWithResolvers<void> | undefined
  private over = false
  private waived = false

  constructor(body: Body, maxBytes: number) {
    this.body = body
    this.maxBytes = maxBytes
  }

  /** Some of it was asked for: it can go nowhere else. */
  get begun(): boolean {
    return this.source !== undefined && !this.waived
  }

  into(sink: FeedSink): void {
    this.sink = sink
  }

  /** So many bytes more may go. False where that is more than can be. */
  want(bytes: number): boolean {
    if (!this.allowance.add(bytes)) return false
    this.more?.resolve()
    if (!this.begun && !this.over) void this.run(this.open())
    return true
  }

  /** No more of it is read. */
  leave(): void {
    if (this.over) return
    this.over = true
    this.more?.resolve()
    drop(this.open())
  }

  /** No handler gets any of it, so that its call can go to any process, and from one to another. */
  waive(): void {
    if (this.over) return
    this.waived = true
    this.leave()
  }

  private open(): AsyncIterator<Uint8Array> {
    return (this.source ??= (isWhole(this.body) ? piecesOf(this.body) : this.body)[Symbol.asyncIterator]())
  }

  private async run(source: AsyncIterator<Uint8Array>): Promise<void> {
    try {
      await this.read(source)
    } catch (error) {
      this.finish(toHitherError(error))
    }
  }

  private async read(source: AsyncIterator<Uint8Array>): Promise<void> {
    let bytes = 0
    while (await this.hasRoom()) {
      const { done, value } = await source.next()
      if (done === true) return this.finish()
      bytes += value.length
      if (bytes > this.maxBytes) {
        drop(source)
        return this.finish(bodyTooLong(this.maxBytes))
      }
      await this.send(value)
    }
  }

  private async send(bytes: Uint8Array): Promise<void> {
    let at = 0
    while (at < bytes.length && (await this.hasRoom())) {
      const size = this.allowance.take(bytes.length - at)
      // What came as a whole may have to go to another runner as well.
      if (size === bytes.length) this.sink?.piece(bytes, !isWhole(this.body))
      else this.sink?.piece(bytes.subarray(at, at + size), false)
      at += size
    }
  }

  /** Waits until a piece may go. False where none ever will. */
  private async hasRoom(): Promise<boolean> {
    while (!this.over && !this.allowance.hasRoom()) {
      this.more = Promise.withResolvers()
      await this.more.promise
    }
    return !this.over
  }

  private finish(error?: HitherError): void {
    if (this.over) return
    this.over = true
    this.error = error
    this.sink?.finish(error)
  }
}

function drop(source: AsyncIterator<Uint8Array>): void {
  // Nobody is left to be told.
  source.return?.().catch(() => undefined)
}
