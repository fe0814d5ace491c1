import { HitherError, Shape } from '@hither/core'
import { FRAME } from './frames.ts'
import { HEAD_MAX_BYTES, LENGTH_BYTES, MESSAGE_HEAD_BYTES, PIECE_MAX_BYTES } from './limits.ts'

/** What there is of a message behind its length, before its head. */
const FIXED_BYTES: number = MESSAGE_HEAD_BYTES - LENGTH_BYTES

const HEAD_LENGTH_AT: number = MESSAGE_HEAD_BYTES - 4

/** Messages that are nothing but bytes of a body on its way. */
const PIECES: ReadonlySet<number> = new Set([FRAME.piece, FRAME.upload, FRAME.download])

/**
 * One message, where it was received. Its head is read once, as JSON by `head` or field by field; each surprise in it is
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

  /** `fixed` holds what stands before its head, from there on; `bytes` the rest of it, from `at` to `end`. */
  constructor(fixed: Buffer, from: number, bytes: Buffer, at: number, end: number) {
    this.bytes = bytes
    this.type = fixed[from + LENGTH_BYTES] ?? 0
    this.id = fixed.readUInt32BE(from + LENGTH_BYTES + 1)
    this.at = at
    this.bodyAt = at + fixed.readUInt32BE(from + HEAD_LENGTH_AT)
    this.end = end
    if (this.bodyAt > end || this.bodyAt - at > HEAD_MAX_BYTES) throw unreadable('a head is longer than it may be')
    if (PIECES.has(this.type) && (this.bodyAt > at || end === at || end - at > PIECE_MAX_BYTES))
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

  /** A piece of a body is alone in its memory. Of all others this is a view: whoever keeps it keeps what was received with it. */
  get body(): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.bodyAt, this.bodyBytes)
  }

  /** The body, where it is text. */
  get bodyText(): string {
    return this.bytes.toString('utf8', this.bodyAt, this.end)
  }

  flag(): boolean {
    const value = this.u8()
    if (value > 1) throw unreadable('a flag is neither 0 nor 1')
    return value === 1
  }

  u8(): number {
    return this.bytes[this.next(1)] ?? 0
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

const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Cuts what comes into messages. What comes from a sandbox process is not trusted: every surprise is `bad-message`. Pieces of bodies are
 * copied once, each into memory of its own, which whoever gets it may give away or give back.
 */
export class MessageReader {
  private readonly maxBodyBytes: number
  private readonly lent: boolean
  /** Of the message that has begun, what stands before its head: so many bytes of it. */
  private readonly fixed: Buffer = Buffer.alloc(MESSAGE_HEAD_BYTES)
  private fixedBytes = 0
  /** What follows, as far as it came. As long as it is, once that much has come. */
  private rest: Buffer = NOTHING
  private restBytes = 0

  /** `lent`: what is pushed is somebody else's again when `push` returns. */
  constructor(maxBodyBytes: number, lent: boolean = false) {
    this.maxBodyBytes = maxBodyBytes
    this.lent = lent
  }

  /**
   * Hands on the messages that this chunk completes. True: nothing of them lies in it, once they were read, as those without a body are by
   * whoever is handed them. Throws `bad-message`; the stream is then of no further use.
   */
  push(chunk: Buffer, onMessage: (message: Message) => void): boolean {
    let free = true
    for (let at = 0; at < chunk.length;) {
      const end = this.fixedBytes === 0 ? this.endOfWhole(chunk, at) : undefined
      if (end === undefined) {
        at = this.hold(chunk, at, onMessage)
      } else {
        const message = this.lent
          ? this.message(Buffer.from(chunk.subarray(at, end)), 0, end - at)
          : this.message(chunk, at, end)
        free &&= this.lent || message.bodyBytes === 0
        onMessage(message)
        at = end
      }
    }
    return free
  }

  /** Where the message ends that begins here, if all of it is here and it may stay where it is. */
  private endOfWhole(chunk: Buffer, at: number): number | undefined {
    if (chunk.length - at < MESSAGE_HEAD_BYTES || PIECES.has(chunk[at + LENGTH_BYTES] ?? 0)) return undefined
    const end = at + this.sizeAt(chunk, at)
    return end > chunk.length ? undefined : end
  }

  private message(bytes: Buffer, from: number, end: number): Message {
    return this.checked(new Message(bytes, from, bytes, from + MESSAGE_HEAD_BYTES, end))
  }

  private checked(message: Message): Message {
    if (message.bodyBytes > this.maxBodyBytes) throw unreadable(`a body has ${message.bodyBytes} bytes`)
    return message
  }

  /** Takes what the message that has begun still lacks. Where the next one begins. */
  private hold(chunk: Buffer, from: number, onMessage: (message: Message) => void): number {
    let at = from
    if (this.fixedBytes < MESSAGE_HEAD_BYTES) {
      const bytes = chunk.copy(this.fixed, this.fixedBytes, at)
      at += bytes
      this.fixedBytes += bytes
      if (this.fixedBytes < LENGTH_BYTES) return at
    }
    const size = this.sizeAt(this.fixed, 0) - MESSAGE_HEAD_BYTES
    if (this.fixedBytes < MESSAGE_HEAD_BYTES) return at
    at = this.holdRest(chunk, at, size)
    if (this.restBytes < size) return at
    const { rest } = this
    this.fixedBytes = 0
    this.rest = NOTHING
    this.restBytes = 0
    onMessage(this.checked(new Message(this.fixed, 0, rest, 0, size)))
    return at
  }

  /**
   * Copies until so many bytes are held, into a buffer that grows with what came: of a message that claims to be longer than a piece no
   * more room is made than it fills. Where the rest is.
   */
  private holdRest(chunk: Buffer, at: number, size: number): number {
    const end = Math.min(chunk.length, at + size - this.restBytes)
    const total = this.restBytes + end - at
    if (total > this.rest.length) {
      const room = Math.min(size, Math.max(total, 2 * this.rest.length, PIECE_MAX_BYTES))
      const grown = this.isPiece ? Buffer.allocUnsafeSlow(room) : Buffer.allocUnsafe(room)
      this.rest.copy(grown, 0, 0, this.restBytes)
      this.rest = grown
    }
    chunk.copy(this.rest, this.restBytes, at, end)
    this.restBytes = total
    return end
  }

  /** Is the message that has begun one? */
  private get isPiece(): boolean {
    return PIECES.has(this.fixed[LENGTH_BYTES] ?? 0)
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
