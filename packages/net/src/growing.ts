/**
 * Bytes as they come in, in one piece. Each piece is copied once, into one growing buffer: pieces are views into whatever the
 * network read at once, and a peer that sends byte by byte would otherwise make us hold all of that for each byte.
 */
export interface Growing {
  readonly length: number
  add(piece: Uint8Array): void
  /** All of it, in one piece. */
  bytes(): Uint8Array
}

export function growing(): Growing {
  return new GrowingBuffer()
}

const EMPTY = new Uint8Array(0)

class GrowingBuffer implements Growing {
  private buffer = EMPTY
  length = 0

  add(piece: Uint8Array): void {
    const length = this.length + piece.length
    if (length > this.buffer.length) this.grow(length)
    this.buffer.set(piece, this.length)
    this.length = length
  }

  bytes(): Uint8Array {
    // Most fill what was made for them, and a view takes as long to make as the copy did.
    return this.length === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.length)
  }

  /** The first piece exactly, since most have only one; then doubling. */
  private grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, 2 * this.buffer.length))
    grown.set(this.bytes())
    this.buffer = grown
  }
}
