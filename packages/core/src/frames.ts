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

const NOTHING = new Uint8Array(0)

/** What goes ahead of a frame's payload, for one that is sent in pieces. */
export function encodeFrameHead({ type, id, payload }: Frame): Uint8Array<ArrayBuffer> {
  const head = encodeFrames([{ type, id, payload: NOTHING }])
  viewOf(head).setUint32(0, FRAME_HEAD_BYTES - LENGTH_BYTES + payload.length)
  return head
}

/** One buffer with the frames back to back: what is sent in one tick is one write. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  let size = 0
  for (const { payload } of frames) size += FRAME_HEAD_BYTES + payload.length
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

/**
 * Cuts a stream of chunks into frames, and refuses a frame that is too long before it holds any of it.
 *
 * Frames whole within a chunk are views into it. A frame in several pieces is copied into one buffer that grows with what came,
 * whatever length the frame claims: pieces kept as they come would hold all of the chunk that each was cut from.
 */
export class FrameReader {
  private readonly maxPayload: number
  /** The frame that has begun: its first `heldBytes` bytes. */
  private held: Uint8Array = NOTHING
  private heldBytes = 0

  constructor(maxPayload: number = FRAME_MAX_BYTES) {
    this.maxPayload = maxPayload
  }

  /** The frames that this chunk completes. Throws `bad-message`; the stream is then of no further use. */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = []
    const rest = this.clean ? chunk : this.goOn(chunk, frames)
    const view = viewOf(rest)
    let at = 0
    while (at + LENGTH_BYTES <= rest.length) {
      const end = at + this.sizeAt(view, at)
      if (end > rest.length) break
      frames.push(frameAt(rest, view, at, end))
      at = end
    }
    if (at < rest.length) this.hold(rest.subarray(at), rest.length - at)
    return frames
  }

  /** True between frames: a stream that ends elsewhere was cut. */
  get clean(): boolean {
    return this.heldBytes === 0
  }

  /** Takes what the frame that has begun still lacks, and gives what follows it. */
  private goOn(chunk: Uint8Array, frames: Frame[]): Uint8Array {
    const rest = this.hold(chunk, LENGTH_BYTES)
    if (this.heldBytes < LENGTH_BYTES) return rest
    const size = this.sizeAt(viewOf(this.held), 0)
    const next = this.hold(rest, size)
    if (this.heldBytes < size) return next
    frames.push(frameAt(this.held, viewOf(this.held), 0, size))
    this.held = NOTHING
    this.heldBytes = 0
    return next
  }

  /** Copies bytes until `upTo` are held, and gives those that are left. */
  private hold(bytes: Uint8Array, upTo: number): Uint8Array {
    const piece = bytes.subarray(0, Math.max(0, upTo - this.heldBytes))
    const total = this.heldBytes + piece.length
    if (total > this.held.length) {
      const grown = new Uint8Array(Math.min(upTo, Math.max(total, 2 * this.held.length)))
      grown.set(this.held.subarray(0, this.heldBytes))
      this.held = grown
    }
    this.held.set(piece, this.heldBytes)
    this.heldBytes = total
    return bytes.subarray(piece.length)
  }

  /** Of the frame that begins there, all of it. */
  private sizeAt(view: DataView, at: number): number {
    const length = view.getUint32(at)
    if (length < FRAME_HEAD_BYTES - LENGTH_BYTES || length > FRAME_HEAD_BYTES - LENGTH_BYTES + this.maxPayload) {
      throw new HitherError('bad-message', `a frame says it has ${length} bytes`, {
        why: `frames here carry at most ${this.maxPayload}`,
      })
    }
    return LENGTH_BYTES + length
  }
}

function frameAt(bytes: Uint8Array, view: DataView, at: number, end: number): Frame {
  const payload = bytes.subarray(at + FRAME_HEAD_BYTES, end)
  return { type: view.getUint8(at + 4), id: view.getUint32(at + 5), payload }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The chunks in one piece. */
export function concat(chunks: readonly Uint8Array[], totalBytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(totalBytes)
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}
