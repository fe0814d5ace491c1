import { isArrayBuffer } from 'node:util/types'
import { concat, WHOLE_BODY_MAX_BYTES } from '@hither/core'
import { ANSWER_PIECE_MAX_BYTES, WINDOW_BYTES } from '../ipc/limits.ts'
import { Allowance } from '../ipc/window.ts'

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
  #pieces: Uint8Array[] = []
  #heldBytes = 0
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
    this.#pieces.push(piece)
    this.#heldBytes += piece.length
    // What may become a whole answer is let grow to one.
    this.waits = this.begun ? !this.#allowance.hasRoom(this.#heldBytes) : this.#heldBytes > WHOLE_BODY_MAX_BYTES
    return this.waits ? 'wait' : 'more'
  }

  /** The isolate made the last piece. */
  finish(): void {
    if (this.waits) this.broken = true
    this.finished = true
  }

  /** All of it, where it was made at once and is short. */
  whole(): Uint8Array | undefined {
    return this.finished && !this.begun && this.#heldBytes <= WHOLE_BODY_MAX_BYTES ? this.#joined() : undefined
  }

  /** The parent has room for so much more. */
  grant(bytes: number): void {
    this.#allowance.add(bytes)
  }

  /** The pieces that may go now, which are gone then. */
  sendable(): Uint8Array[] {
    const held = this.#joined()
    const pieces: Uint8Array[] = []
    let at = 0
    while (at < held.length) {
      const size = this.#allowance.take(held.length - at, ANSWER_PIECE_MAX_BYTES)
      if (size === 0) break
      pieces.push(held.subarray(at, at + size))
      at += size
    }
    this.#pieces = at < held.length ? [held.subarray(at)] : []
    this.#heldBytes = held.length - at
    return pieces
  }

  /** May the isolate, which was told to wait, go on? Asked where it is told then. */
  goesOn(): boolean {
    if (!this.waits || !this.#allowance.hasRoom(this.#heldBytes)) return false
    this.waits = false
    return true
  }

  #joined(): Uint8Array {
    const [first] = this.#pieces
    if (first === undefined) return new Uint8Array(0)
    return this.#pieces.length === 1 ? first : concat(this.#pieces, this.#heldBytes)
  }
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (typeof data === 'string') return new TextEncoder().encode(data)
  return isArrayBuffer(data) ? new Uint8Array(data) : undefined
}
