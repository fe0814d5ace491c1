import { bodyFrames, FrameReader, HitherError, Shape, type Frame } from '@hither/core'
import { FRAME } from './frames.ts'
import { HEAD_MAX_BYTES, PIECE_MAX_BYTES } from './limits.ts'

/** A frame with the body that followed it, or, for a piece of a streamed one, that it is. */
export interface Message {
  type: number
  id: number
  /** An empty map where the frame had no head. */
  head: Shape
  body: Uint8Array
}

const NO_BYTES = new Uint8Array(0)
/** Frames that are nothing but bytes of a body on its way. */
const PIECES: ReadonlySet<number> = new Set([FRAME.piece, FRAME.upload, FRAME.download])
const NO_HEAD = new Shape({}, 'a piece of a body')

/** A head and its body as frames. The head alone says how long the body is. */
export function messageFrames(type: number, id: number, head?: object, body: Uint8Array = NO_BYTES): Frame[] {
  if (head === undefined) return [{ type, id, payload: NO_BYTES }]
  // Short texts come out of Node's pool, which is several times faster than a TextEncoder.
  if (body.length === 0) return [{ type, id, payload: Buffer.from(JSON.stringify(head)) }]
  const payload = Buffer.from(JSON.stringify({ ...head, bytes: body.length }))
  return [{ type, id, payload }, ...bodyFrames(FRAME.data, id, body)]
}

export function pieceFrame(id: number, payload: Uint8Array): Frame {
  return { type: FRAME.piece, id, payload }
}

/** Puts messages together again. What comes from a sandbox process is not trusted: every surprise is `bad-message`. */
export class MessageReader {
  private readonly frames = new FrameReader(HEAD_MAX_BYTES)
  private readonly maxBodyBytes: number
  private open: { message: Message; filled: number } | undefined

  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes
  }

  /** The messages that this chunk completes. Throws `bad-message`; the stream is then of no further use. */
  push(chunk: Uint8Array): Message[] {
    const messages: Message[] = []
    for (const frame of this.frames.push(chunk)) {
      const message = frame.type === FRAME.data ? this.fill(frame) : this.begin(frame)
      if (message !== undefined) messages.push(message)
    }
    return messages
  }

  private begin({ type, id, payload }: Frame): Message | undefined {
    if (this.open !== undefined) throw unreadable('a body was cut short by another frame')
    if (PIECES.has(type)) return piece(type, id, payload)
    const head = new Shape(payload.length === 0 ? {} : parsed(payload), 'a frame of the sandbox')
    const bytes = head.has('bytes') ? head.integer('bytes', 1, this.maxBodyBytes) : 0
    const message: Message = { type, id, head, body: bytes === 0 ? NO_BYTES : new Uint8Array(bytes) }
    if (bytes === 0) return message
    this.open = { message, filled: 0 }
    return undefined
  }

  private fill({ id, payload }: Frame): Message | undefined {
    const open = this.open
    if (open === undefined || open.message.id !== id) throw unreadable('a piece of a body came without its head')
    if (payload.length === 0 || open.filled + payload.length > open.message.body.length) {
      throw unreadable('a body is not as long as its head says')
    }
    open.message.body.set(payload, open.filled)
    open.filled += payload.length
    if (open.filled < open.message.body.length) return undefined
    this.open = undefined
    return open.message
  }
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString())
  } catch {
    throw unreadable('a head is no JSON')
  }
}

function piece(type: number, id: number, payload: Uint8Array): Message {
  if (payload.length === 0) throw unreadable('a piece of a body is empty')
  if (payload.length > PIECE_MAX_BYTES) throw unreadable('a piece of a body is too long')
  return { type, id, head: NO_HEAD, body: payload }
}

function unreadable(why: string): HitherError {
  return new HitherError('bad-message', 'the pipe of a sandbox process cannot be read', { why })
}
