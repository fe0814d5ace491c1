import { HitherError, type ByteStream } from '@hither/core'
import { CONTROL_WINDOW_BYTES } from '../limits/home.ts'
import { CONTROL, message, signal } from './messages.ts'

/** A body on its way in: its reader says how far it may come. */
export interface BodyIn {
  readonly stream: ByteStream
  /** Throws `bad-message` for more than was asked for. */
  push(piece: Uint8Array): void
  end(): void
  fail(error: unknown): void
}

export interface BodyInInit {
  id: number
  write: (bytes: Uint8Array) => void
}

export function bodyIn(init: BodyInInit): BodyIn {
  return new Incoming(init)
}

class Incoming implements BodyIn, AsyncIterator<Uint8Array, void> {
  readonly stream: ByteStream = { [Symbol.asyncIterator]: () => this }
  private readonly init: BodyInInit
  private readonly pieces: Uint8Array[] = []
  /** Bytes that the sender may still send. */
  private allowed = 0
  /** Bytes that came and were not read yet. */
  private unread = 0
  private state: 'open' | 'ended' | 'left' | { failed: unknown } = 'open'
  private wake: (() => void) | undefined

  constructor(init: BodyInInit) {
    this.init = init
  }

  push(piece: Uint8Array): void {
    if (piece.length > this.allowed) throw new HitherError('bad-message', 'more of a body came than was asked for')
    this.allowed -= piece.length
    if (this.state !== 'open') return
    this.pieces.push(Uint8Array.from(piece))
    this.unread += piece.length
    this.wake?.()
  }

  end(): void {
    this.over('ended')
  }

  fail(error: unknown): void {
    this.over({ failed: error })
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    for (;;) {
      const piece = this.pieces.shift()
      if (piece !== undefined) {
        this.unread -= piece.length
        this.ask()
        return { done: false, value: piece }
      }
      if (typeof this.state === 'object') throw this.state.failed
      if (this.state !== 'open') return { done: true, value: undefined }
      this.ask()
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    if (this.state === 'open') this.init.write(signal(CONTROL.LEAVE, this.init.id))
    this.over('left')
    this.pieces.length = 0
    return { done: true, value: undefined }
  }

  /** In halves of the window, so that not every piece costs a message. */
  private ask(): void {
    const bytes = CONTROL_WINDOW_BYTES - this.allowed - this.unread
    if (this.state !== 'open' || bytes < CONTROL_WINDOW_BYTES / 2) return
    this.allowed += bytes
    this.init.write(message(CONTROL.MORE, this.init.id, { bytes }))
  }

  private over(state: typeof this.state): void {
    if (this.state === 'open') this.state = state
    this.wake?.()
  }
}
