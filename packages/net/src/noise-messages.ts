/** How long the next message is, in so many bytes in front of it. */
const LENGTH_BYTES = 2

/** What comes on a connection under noise, cut into its encrypted messages. */
export interface NoiseMessages {
  /** The messages that these bytes complete, each in one piece. */
  cut(bytes: Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array>
}

/**
 * By itself noise asks for the next length once more than there are messages, for each chunk that comes, and throws an error with its
 * stack each time; and a message that came in two chunks, as most long ones do, it copies together for nothing.
 */
export function noiseMessages(): NoiseMessages {
  return new Cutter()
}

class Cutter implements NoiseMessages {
  /** The message that has begun, behind its length: all the room that it needs, once that is known. */
  private begun = new Uint8Array(LENGTH_BYTES)
  private heldBytes = 0;

  *cut(bytes: Uint8Array | Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) yield* this.cutChunk(chunk)
  }

  private *cutChunk(chunk: Uint8Array): Generator<Uint8Array> {
    let at = 0
    while (at < chunk.length) {
      const end = this.heldBytes === 0 ? endOf(chunk, at) : Infinity
      if (end <= chunk.length) {
        if (end - at > LENGTH_BYTES) yield chunk.subarray(at + LENGTH_BYTES, end)
        at = end
      } else {
        at = this.hold(chunk, at)
        const message = this.take()
        if (message !== undefined) yield message
      }
    }
  }

  /** Where the rest of the chunk begins. */
  private hold(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.begun.length - this.heldBytes)
    this.begun.set(chunk.subarray(at, end), this.heldBytes)
    this.heldBytes += end - at
    return end
  }

  /** What has begun, where it is whole. */
  private take(): Uint8Array | undefined {
    const { begun, heldBytes } = this
    if (heldBytes < LENGTH_BYTES) return undefined
    const size = endOf(begun, 0)
    if (heldBytes < size) {
      if (begun.length < size) this.begun = withRoom(begun, size)
      return undefined
    }
    this.begun = new Uint8Array(LENGTH_BYTES)
    this.heldBytes = 0
    return size > LENGTH_BYTES ? begun.subarray(LENGTH_BYTES) : undefined
  }
}

/** Where the message ends that begins here; Infinity where its length is not here yet. */
function endOf(bytes: Uint8Array, at: number): number {
  const [high, low] = [bytes[at], bytes[at + 1]]
  return high === undefined || low === undefined ? Infinity : at + LENGTH_BYTES + high * 256 + low
}

function withRoom(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const room = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
  room.set(bytes)
  return room
}
