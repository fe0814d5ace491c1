import type { Duplex, Readable } from 'node:stream'

/** What Node keeps behind a stream. `pause` would let it read on until the stream's buffer is full. */
interface Handle {
  readStart(): unknown
  readStop(): unknown
}

/**
 * Whether this end of a pipe is woken by what the other writes. That costs both more than many a call takes, so that it listens to
 * nothing while it expects many answers, until the other end rings: what was written lies in the kernel meanwhile, and is there
 * to be read at any time.
 */
export class Ears {
  private readonly stream: Duplex
  /** What the other end may have written is not known. */
  closed = false

  constructor(stream: Duplex, bell: Readable) {
    this.stream = stream
    bell.on('data', () => this.open())
  }

  close(): void {
    this.closed = true
    handleOf(this.stream)?.readStop()
  }

  open(): void {
    if (!this.closed) return
    this.closed = false
    handleOf(this.stream)?.readStart()
  }
}

/** None where the stream is over, or is none of the system's. */
function handleOf(stream: Duplex): Handle | null | undefined {
  return Reflect.get(stream, '_handle') as Handle | null | undefined
}
