import { HitherError } from './errors.ts'
import { FRAME_MAX_BYTES } from './limits.ts'

/**
 * A frame on any stream of bytes: between peers, between a peer and its sandbox processes, on the control socket.
 *
 *     u32 length of what follows | u8 type | u32 id | payload
 *
 * What a type means is the protocol's business; the id tells the calls that share a stream apart.
 */
export interface Frame {
  type: number
  id: number
  payload: Uint8Array
}

/** Bytes before the payload. */
export const FRAME_HEAD_BYTES = 9

const LENGTH_BYTES = 4

/** One buffer with the frames back to back: what is sent in one tick is one write. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  const size = frames.reduce((sum, frame) => sum + FRAME_HEAD_BYTES + frame.payload.length, 0)
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  let at = 0
  for (const { type, id, payload } of frames) {
    view.setUint32(at, FRAME_HEAD_BYTES - LENGTH_BYTES + payload.length)
    view.setUint8(at + 4, type)
    view.setUint32(at + 5, id)
    out.set(payload, at + FRAME_HEAD_BYTES)
    at += FRAME_HEAD_BYTES + payload.length
  }
  return out
}

/** A body as frames of one type. An empty body is no frame at all. */
export function bodyFrames(type: number, id: number, body: Uint8Array, maxBytes: number = FRAME_MAX_BYTES): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at < body.length; at += maxBytes) {
    frames.push({ type, id, payload: body.subarray(at, at + maxBytes) })
  }
  return frames
}

/** Cuts a stream of chunks into frames, and refuses a frame that is too long before it holds any of it. */
export class FrameReader {
  private readonly maxPayload: number
  private pending: Uint8Array[] = []
  private pendingBytes = 0

  constructor(maxPayload: number = FRAME_MAX_BYTES) {
    this.maxPayload = maxPayload
  }

  /** The frames that this chunk completes. Throws `bad-message`; the stream is then of no further use. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = this.join(chunk)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const frames: Frame[] = []
    let at = 0
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = view.getUint32(at)
      this.check(length)
      if (bytes.length - at < LENGTH_BYTES + length) break
      const end = at + LENGTH_BYTES + length
      const payload = bytes.subarray(at + FRAME_HEAD_BYTES, end)
      frames.push({ type: view.getUint8(at + 4), id: view.getUint32(at + 5), payload })
      at = end
    }
    this.keep(bytes.subarray(at))
    return frames
  }

  /** True between frames: a stream that ends elsewhere was cut. */
  get clean(): boolean {
    return this.pendingBytes === 0
  }

  private check(length: number): void {
    if (length < FRAME_HEAD_BYTES - LENGTH_BYTES || length > FRAME_HEAD_BYTES - LENGTH_BYTES + this.maxPayload) {
      throw new HitherError('bad-message', `a frame says it has ${length} bytes`, {
        why: `frames here carry at most ${this.maxPayload}`,
      })
    }
  }

  /** Joins only when a frame can be complete, so that a long frame in many chunks is copied once. */
  private join(chunk: Uint8Array): Uint8Array {
    if (this.pendingBytes === 0) return chunk
    this.keep(chunk)
    if (this.pendingBytes < this.wanted()) return new Uint8Array(0)
    const joined = concat(this.pending, this.pendingBytes)
    this.pending = []
    this.pendingBytes = 0
    return joined
  }

  private wanted(): number {
    const head = concat(this.pending, this.pendingBytes, LENGTH_BYTES)
    if (head.length < LENGTH_BYTES) return LENGTH_BYTES
    const length = new DataView(head.buffer).getUint32(0)
    this.check(length)
    return LENGTH_BYTES + length
  }

  private keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.pending.push(bytes)
    this.pendingBytes += bytes.length
  }
}

/** The first `limit` bytes of the chunks, in one piece. */
export function concat(
  chunks: readonly Uint8Array[],
  totalBytes: number,
  limit: number = totalBytes,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.min(limit, totalBytes))
  let at = 0
  for (const chunk of chunks) {
    if (at >= out.length) break
    const part = chunk.subarray(0, out.length - at)
    out.set(part, at)
    at += part.length
  }
  return out
}
