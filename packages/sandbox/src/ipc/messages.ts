import { HitherError, Shape } from '@hither/core'
import { FRAME } from './frames.ts'
import { HEAD_MAX_BYTES, LENGTH_BYTES, MESSAGE_HEAD_BYTES, PIECE_MAX_BYTES } from './limits.ts'

/** What there is of a message behind its length, before its head. */
const FIXED_BYTES: number = MESSAGE_HEAD_BYTES - LENGTH_BYTES

const HEAD_LENGTH_AT: number = MESSAGE_HEAD_BYTES - 4

/** Messages that are nothing but bytes of a body on its way. */
const PIECES: ReadonlySet<number> = new Set([FRAME.piece, FRAME.upload, FRAME.download])

/**
 * One message: a view into what was received. Its head is read once, as JSON by `head` or field by field; each surprise in it is
 * `bad-message`.
 */
export class Message {
  readonly type: number
  readonly id: number
  private readonly bytes: Buffer
  /** Where the next field of its head is. */
  private at: number
  private readonly bodyAt: number
  private readonly end: number

  /** Of bytes of which these are a whole message. */
  constructor(bytes: Buffer, from: number, end: number) {
    this.bytes = bytes
    this.type = bytes[from + LENGTH_BYTES] ?? 0
    this.id = bytes.readUInt32BE(from + LENGTH_BYTES + 1)
    this.at = from + MESSAGE_HEAD_BYTES
    this.bodyAt = this.at + bytes.readUInt32BE(from + HEAD_LENGTH_AT)
    this.end = end
    if (this.bodyAt > end || this.bodyAt - this.at > HEAD_MAX_BYTES) throw unreadable('a head is longer than it may be')
    if (PIECES.has(this.type) && (this.bodyAt > this.at || end === this.at || end - this.at > PIECE_MAX_BYTES))
      throw unreadable('a piece of a body is empty, or too long, or has a head')
  }

  /** An empty map where the message had no head. */
  get head(): Shape {
    return new Shape(
      this.at === this.bodyAt ? {} : parsed(this.bytes, this.at, this.bodyAt),
      'a message of the sandbox',
    )
  }

  get bodyBytes(): number {
    return this.end - this.bodyAt
  }

  /** A view: whoever keeps it keeps all that was received with it. */
  get body(): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.bodyAt, this.bodyBytes)
  }

  /** The body, where it is text. */
  get bodyText(): string {
    return this.bytes.toString('utf8', this.bodyAt, this.end)
  }

  flag(): boolean {
    const value = this.bytes[this.next(1)] ?? 0
    if (value > 1) throw unreadable('a flag is neither 0 nor 1')
    return value === 1
  }

  u16(): number {
    return this.bytes.readUInt16BE(this.next(2))
  }

  u32(): number {
    return this.bytes.readUInt32BE(this.next(4))
  }

  /** From 0 to the highest whole number that is exact. */
  f64(): number {
    const value = this.bytes.readDoubleBE(this.next(8))
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw unreadable('a number is out of bounds')
    return value
  }

  /** The last field: texts, so many at least, and at most. */
  texts(least: number, most: number): string[] {
    const count = this.u16()
    if (count < least || count > most || (count - least) % 2 !== 0) throw unreadable(`a head has ${count} texts`)
    let lengthAt = this.next(4 * count)
    const all = this.bytes.toString('utf8', this.at, this.bodyAt)
    this.at = this.bodyAt
    const texts: string[] = []
    let from = 0
    for (let i = 0; i < count; i += 1) {
      const to = from + this.bytes.readUInt32BE(lengthAt)
      lengthAt += 4
      texts.push(all.slice(from, to))
      from = to
    }
    if (from !== all.length) throw unreadable('the texts of a head are not as long as it says')
    return texts
  }

  private next(bytes: number): number {
    const { at } = this
    this.at += bytes
    if (this.at > this.bodyAt) throw unreadable('a head is too short')
    return at
  }
}

/** Cuts what comes into messages. What comes from a sandbox process is not trusted: every surprise is `bad-message`. */
export class MessageReader {
  private readonly maxBodyBytes: number
  /** The message that has begun: its first `heldBytes` bytes. As long as it is, once that is known. */
  private held: Buffer = Buffer.alloc(0)
  private heldBytes = 0

  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes
  }

  /** Hands on the messages that this chunk completes. Throws `bad-message`; the stream is then of no further use. */
  push(chunk: Buffer, onMessage: (message: Message) => void): void {
    let at = this.heldBytes === 0 ? 0 : this.goOn(chunk, onMessage)
    while (chunk.length - at >= LENGTH_BYTES) {
      const end = at + this.sizeAt(chunk, at)
      if (end > chunk.length) break
      onMessage(this.message(chunk, at, end))
      at = end
    }
    const rest = chunk.length - at
    if (rest > 0) this.hold(chunk, at, rest < LENGTH_BYTES ? LENGTH_BYTES : this.sizeAt(chunk, at))
  }

  /** Takes what the message that has begun still lacks. Where the next one begins. */
  private goOn(chunk: Buffer, onMessage: (message: Message) => void): number {
    let at = this.hold(chunk, 0, LENGTH_BYTES)
    if (this.heldBytes < LENGTH_BYTES) return at
    const size = this.sizeAt(this.held, 0)
    at = this.hold(chunk, at, size)
    if (this.heldBytes < size) return at
    const { held } = this
    this.heldBytes = 0
    this.held = Buffer.alloc(0)
    onMessage(this.message(held, 0, size))
    return at
  }

  /**
   * Copies until so many bytes are held, into a buffer that grows with what came: of a message that claims to be longer than a piece no
   * more room is made than it fills. Where the rest is.
   */
  private hold(chunk: Buffer, at: number, upTo: number): number {
    const end = Math.min(chunk.length, at + Math.max(0, upTo - this.heldBytes))
    const total = this.heldBytes + end - at
    if (total > this.held.length) {
      const room = Math.max(total, 2 * this.held.length, MESSAGE_HEAD_BYTES + PIECE_MAX_BYTES)
      const grown = Buffer.allocUnsafeSlow(Math.min(upTo, room))
      this.held.copy(grown, 0, 0, this.heldBytes)
      this.held = grown
    }
    chunk.copy(this.held, this.heldBytes, at, end)
    this.heldBytes = total
    return end
  }

  private message(bytes: Buffer, from: number, end: number): Message {
    const message = new Message(bytes, from, end)
    if (message.bodyBytes > this.maxBodyBytes) throw unreadable(`a body has ${message.bodyBytes} bytes`)
    return message
  }

  /** Of the message that begins here, all of it. */
  private sizeAt(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32BE(at)
    if (length < FIXED_BYTES || length > FIXED_BYTES + HEAD_MAX_BYTES + this.maxBodyBytes)
      throw unreadable(`a message says it has ${length} bytes`)
    return LENGTH_BYTES + length
  }
}

function parsed(bytes: Buffer, from: number, to: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', from, to))
  } catch {
    throw unreadable('a head is no JSON')
  }
}

function unreadable(why: string): HitherError {
  return new HitherError('bad-message', 'the pipe of a sandbox process cannot be read', { why })
}
