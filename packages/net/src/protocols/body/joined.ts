import { pieceQueue } from './queue.ts'

/**
 * The bytes of a body that begins in frames of its call and may go on, after so many of them, on a stream of its own. They are
 * given in their order, whichever came first: the streams of a connection keep none among them.
 */
export interface JoinedBytes {
  readonly received: number
  readonly unread: number
  /** It goes on on a stream, after so many bytes. */
  expectStream(framed: number): void
  addFramed(bytes: Uint8Array): void
  addStreamed(bytes: Uint8Array): void
  take(): Uint8Array | undefined
  clear(): void
  /** Whether they can be the bytes of a body of this length, where that is known, and whose stream has ended or not. */
  fit(total: number | undefined, streamEnded: boolean): boolean
}

export function joinedBytes(): JoinedBytes {
  return new TwoWays()
}

class TwoWays implements JoinedBytes {
  private readonly queue = pieceQueue()
  /** What came on the stream before all that precedes it. */
  private readonly behind = pieceQueue()
  private framed = 0
  private framedFirst = Infinity
  received = 0

  get unread(): number {
    return this.queue.bytes + this.behind.bytes
  }

  expectStream(framed: number): void {
    this.framedFirst = framed
  }

  addFramed(bytes: Uint8Array): void {
    this.received += bytes.length
    this.framed += bytes.length
    this.queue.add(bytes)
    if (this.framed < this.framedFirst) return
    for (let next = this.behind.take(); next !== undefined; next = this.behind.take()) this.queue.add(next)
  }

  addStreamed(bytes: Uint8Array): void {
    this.received += bytes.length
    const queue = this.framed < this.framedFirst ? this.behind : this.queue
    queue.add(bytes)
  }

  take(): Uint8Array | undefined {
    return this.queue.take()
  }

  clear(): void {
    this.queue.clear()
    this.behind.clear()
  }

  fit(total: number | undefined, streamEnded: boolean): boolean {
    if (this.framed > this.framedFirst) return false
    if (total === undefined) return true
    return streamEnded ? this.received === total && this.framed === this.framedFirst : this.received <= total
  }
}
