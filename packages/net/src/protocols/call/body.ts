/**
 * A body as it comes in. Each piece is copied once, into one growing buffer: pieces are views into whatever the network
 * read at once, and a peer that sends a body byte by byte would otherwise make us hold all of that for each byte.
 */
export interface Body {
  readonly length: number
  add(piece: Uint8Array): void
  /** All of it, in one piece. */
  bytes(): Uint8Array
}

export function body(): Body {
  return new GrowingBody()
}

const EMPTY = new Uint8Array(0)

class GrowingBody implements Body {
  private buffer = EMPTY
  length = 0

  add(piece: Uint8Array): void {
    const length = this.length + piece.length
    if (length > this.buffer.length) this.grow(length)
    this.buffer.set(piece, this.length)
    this.length = length
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  /** The first piece exactly, since most bodies have only one; then doubling. */
  private grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, 2 * this.buffer.length))
    grown.set(this.bytes())
    this.buffer = grown
  }
}
