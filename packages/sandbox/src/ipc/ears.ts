import { readSync } from 'node:fs'
import type { Duplex, Readable } from 'node:stream'

/** What is read at once, and how often at most: by far more than the kernel holds of a pipe. */
const READ_BYTES: number = 64 * 1024
const READS_MAX = 64

/** What Node keeps behind a stream. `pause` would let it read on until the stream's buffer is full. */
interface Handle {
  /** Below 0, or none, where the system has no such numbers, or it is closed. */
  fd?: number
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
  /** How often it may still be rung: once for each time that the other end was told to. */
  private due = 0

  constructor(stream: Duplex, bell: Readable) {
    this.stream = stream
    bell.on('data', ({ length }: Buffer) => {
      this.due -= length
      // Who rings without end would have us do nothing else.
      if (this.due < 0) bell.destroy()
      this.open()
    })
  }

  /** The other end was told to ring. */
  expect(): void {
    this.due += 1
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

/** What the other end of a pipe has written and nobody has read, read without waiting. */
export function* unreadOf(stream: Duplex): Generator<Buffer> {
  const { fd = -1 } = handleOf(stream) ?? {}
  for (let i = 0; i < READS_MAX; i += 1) {
    const chunk = Buffer.allocUnsafeSlow(READ_BYTES)
    const bytes = readNow(fd, chunk)
    if (bytes === 0) return
    yield chunk.subarray(0, bytes)
  }
}

/** 0 where there is nothing, or nothing more. */
function readNow(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into)
  } catch {
    // Nobody is left to write any, or nothing is there yet; or there is no such number.
    return 0
  }
}
