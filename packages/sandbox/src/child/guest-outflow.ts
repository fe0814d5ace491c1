import { isArrayBuffer } from 'node:util/types'
import { WHOLE_BODY_MAX_BYTES } from '@hither/core'
import { ANSWER_PIECE_MAX_BYTES, WINDOW_BYTES } from '../ipc/limits.ts'
import { Allowance } from '../ipc/window.ts'
import { HeldBytes } from './held-bytes.ts'

/** What the isolate is told after a piece: to go on, to wait for `resume`, or to stop, since the answer is over its limit. */
export type Verdict = 'more' | 'wait' | 'over'

/** The body of an answer on its way out of the isolate: what it made and the parent has no room for yet. */
export class Outflow {
  readonly status: unknown
  readonly headers: unknown
  /** Its head is with the parent: from here on it is streamed. */
  begun = false
  /** All of it was made. */
  finished = false
  /** It is longer than it may be. */
  over = false
  /** It has something that cannot be a piece of a body, or that was not asked for: user code got hold of the runtime. */
  broken = false
  /** The isolate was told to wait. */
  waits = false
  readonly #allowance = new Allowance(WINDOW_BYTES)
  readonly #maxBytes: number
  readonly #held = new HeldBytes()
  #bytes = 0

  constructor(status: unknown, headers: unknown, maxBytes: number) {
    this.status = status
    this.headers = headers
    this.#maxBytes = maxBytes
  }

  /** The isolate made a piece, of any length. */
  put(data: unknown): Verdict {
    if (this.waits || this.finished) this.broken = true
    // Each character takes a byte at least: what is too long anyway is not encoded first.
    if (typeof data === 'string' && data.length > this.#maxBytes) this.over = true
    if (this.broken || this.over) return 'over'
    const piece = bytesOf(data)
    this.broken = piece === undefined
    if (piece === undefined) return 'over'
    if (piece.length === 0) return 'more'
    this.#bytes += piece.length
    this.over = this.#bytes > this.#maxBytes
    if (this.over) return 'over'
    this.#held.add(piece)
    // What may become a whole answer is let grow to one.
    this.waits = this.begun ? !this.#allowance.hasRoom(this.#held.bytes) : this.#held.bytes > WHOLE_BODY_MAX_BYTES
    return this.waits ? 'wait' : 'more'
  }

  /** The isolate made the last piece. */
  finish(): void {
    if (this.waits) this.broken = true
    this.finished = true
  }

  /** All of it, where it was made at once and is short. */
  whole(): Uint8Array | undefined {
    const { bytes } = this.#held
    return this.finished && !this.begun && bytes <= WHOLE_BODY_MAX_BYTES ? this.#held.take(bytes) : undefined
  }

  /** The parent has room for so much more. */
  grant(bytes: number): void {
    this.#allowance.add(bytes)
  }

  /** The pieces that may go now, which are gone then. */
  sendable(): Uint8Array[] {
    const pieces: Uint8Array[] = []
    for (;;) {
      const size = this.#allowance.take(this.#held.bytes, ANSWER_PIECE_MAX_BYTES)
      if (size === 0) return pieces
      pieces.push(this.#held.take(size))
    }
  }

  /** May the isolate, which was told to wait, go on? Asked where it is told then. */
  goesOn(): boolean {
    if (!this.waits || !this.#allowance.hasRoom(this.#held.bytes)) return false
    this.waits = false
    return true
  }
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (typeof data === 'string') return new TextEncoder().encode(data)
  return isArrayBuffer(data) ? new Uint8Array(data) : undefined
}
