import { encodeFrames, FRAME_MAX_BYTES, mayFail, piecesOf, type Body } from '@hither/core'
import { CONTROL, signal } from './messages.ts'

/** A body on its way out, as far as its reader lets it. */
export interface BodyOut {
  /** The reader takes so many bytes more. */
  more(bytes: number): void
  /** The reader wants no more, or is gone: the source is left. */
  leave(): void
  /** Resolves when all of it was sent, or it was left; rejects with what the source throws. */
  readonly done: Promise<void>
}

export interface BodyOutInit {
  id: number
  body: Body
  write: (bytes: Uint8Array) => void
}

export function bodyOut(init: BodyOutInit): BodyOut {
  return new Outgoing(init)
}

class Outgoing implements BodyOut {
  readonly done: Promise<void>
  private readonly init: BodyOutInit
  private readonly source: AsyncIterator<Uint8Array>
  private credit = 0
  private left = false
  private wake: (() => void) | undefined

  constructor(init: BodyOutInit) {
    this.init = init
    this.source = piecesOf(init.body)
    this.done = this.run()
  }

  more(bytes: number): void {
    this.credit += bytes
    this.wake?.()
  }

  leave(): void {
    if (this.left) return
    this.left = true
    this.wake?.()
    // At once: its next piece may be long in coming.
    void mayFail(this.end())
  }

  private async run(): Promise<void> {
    const { id, write } = this.init
    try {
      while (await this.mayGo()) {
        const { done, value } = await this.source.next()
        if (this.left) return
        if (done === true) return write(signal(CONTROL.END, id))
        await this.send(value)
      }
    } catch (error) {
      // Of one that was left nobody asks how it ended.
      if (!this.left) throw error
    } finally {
      await this.end()
    }
  }

  private async end(): Promise<void> {
    await this.source.return?.()
  }

  private async send(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length && (await this.mayGo());) {
      const payload = piece.subarray(at, at + Math.min(FRAME_MAX_BYTES, this.credit))
      this.init.write(encodeFrames([{ type: CONTROL.DATA, id: this.init.id, payload }]))
      this.credit -= payload.length
      at += payload.length
    }
  }

  /** Waits for credit; false where the reader has left. */
  private async mayGo(): Promise<boolean> {
    while (this.credit === 0 && !this.left) {
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
    return !this.left
  }
}
