import { isWhole, mayFail, type Body } from '@hither/core'
import type { Duplex } from '../../duplex.ts'
import { BODY_GOODBYE_MAX_MS } from '../../limits/calls.ts'
import { BODY_PIECE_BYTES, BODY_TURN_BYTES } from '../../limits/streams.ts'

/** How the sending of a body ended, and how many bytes went out. */
export type Sent =
  | { how: 'whole'; bytes: number }
  /** The source threw. */
  | { how: 'failed'; bytes: number; error: unknown }
  /** Nobody wants more of it: the reader left, or the signal aborted. The source was left too. */
  | { how: 'left' }

/** Sends a body, asking its source for more only when the stream takes more. Never rejects. */
export function sendBody(body: Body, duplex: Duplex, signal: AbortSignal): Promise<Sent> {
  return new Promise((resolve) => new Sender(body, duplex, signal, resolve))
}

/** Ends a source that is not read to its end, or not at all. */
export async function leaveBody(body: Body): Promise<void> {
  if (!isWhole(body)) await body[Symbol.asyncIterator]().return?.()
}

class Sender {
  private readonly source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  private readonly duplex: Duplex
  private readonly signal: AbortSignal
  private readonly resolve: (sent: Sent) => void
  private readonly onAbort = (): void => this.leave(new Error('nobody wants it any more'))
  private bytes = 0
  /** Since others had their turn. */
  private turnBytes = 0
  private isOver = false
  /** Goes on where the stream was full. */
  private goOn: () => void = () => {}

  constructor(body: Body, duplex: Duplex, signal: AbortSignal, resolve: (sent: Sent) => void) {
    this.source = isWhole(body) ? [body].values() : body[Symbol.asyncIterator]()
    this.duplex = duplex
    this.signal = signal
    this.resolve = resolve
    if (signal.aborted) this.onAbort()
    signal.addEventListener('abort', this.onAbort, { once: true })
    duplex.listen({
      data: () => this.leave(new Error('its reader talks back')),
      drain: () => this.goOn(),
      end: (why) => this.leave(why ?? new Error('its reader has closed it')),
    })
    void this.run()
  }

  private async run(): Promise<void> {
    try {
      await this.send()
      this.end({ how: 'whole', bytes: this.bytes })
    } catch (error) {
      this.end({ how: 'failed', bytes: this.bytes, error })
    }
  }

  private async send(): Promise<void> {
    while (!this.isOver) {
      const { done, value } = await this.source.next()
      if (done === true) return
      for (let at = 0; at < value.length && !this.isOver; at += BODY_PIECE_BYTES) {
        const piece = value.subarray(at, at + BODY_PIECE_BYTES)
        this.bytes += piece.length
        this.turnBytes += piece.length
        if (!this.duplex.send(piece) && !this.isOver) await this.room()
        else if (this.turnBytes >= BODY_TURN_BYTES) await this.nextTurn()
      }
    }
  }

  private room(): Promise<void> {
    return new Promise((resolve) => (this.goOn = resolve))
  }

  /** Lets everybody else have their turn. */
  private async nextTurn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.turnBytes = 0
  }

  /** The stream has taken all that there is, so its end goes out at once. */
  private end(sent: Sent): void {
    if (this.isOver) return
    this.finish(sent)
    const late = new Error('its reader did not close it')
    void this.duplex.close(BODY_GOODBYE_MAX_MS).then(() => this.duplex.abort(late))
  }

  private leave(why: Error): void {
    if (this.isOver) return
    this.finish({ how: 'left' })
    this.duplex.abort(why)
    void mayFail(this.leaveSource())
  }

  private async leaveSource(): Promise<void> {
    await this.source.return?.()
  }

  private finish(sent: Sent): void {
    this.isOver = true
    this.signal.removeEventListener('abort', this.onAbort)
    this.goOn()
    this.resolve(sent)
  }
}
