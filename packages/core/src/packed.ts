import { HitherError } from './errors.ts'
import { asciiAt } from './words.ts'

const SCRATCH_BYTES = 512

/** One long message must not hold its memory for ever. */
const SCRATCH_KEPT_BYTES: number = 64 * 1024

const NUMBER_BYTES = 8

const utf8 = new TextEncoder()

const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

/**
 * Numbers and texts by position, without their names: for what is said so often that names would be most of it, and to write and read
 * them most of the work. A whole number takes seven bits a byte, the lowest first.
 */
export class Packer {
  private bytes = new Uint8Array(SCRATCH_BYTES)
  private view = new DataView(this.bytes.buffer)
  private at = 0

  /** Every message begins with it: of one that could not be written to its end something may be left. */
  begin(): this {
    this.at = 0
    return this
  }

  byte(value: number): this {
    this.room(1)
    this.bytes[this.at++] = value
    return this
  }

  /** A whole number from 0 up. */
  count(value: number): this {
    let left = value
    for (; left > 127; left = Math.floor(left / 128)) this.byte((left % 128) | 128)
    return this.byte(left)
  }

  /** Any number. */
  number(value: number): this {
    this.room(NUMBER_BYTES)
    this.view.setFloat64(this.at, value)
    this.at += NUMBER_BYTES
    return this
  }

  raw(bytes: Uint8Array): this {
    this.room(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
    return this
  }

  /** Half of a character, which no encoding of texts has, becomes one that says so. */
  text(text: string): this {
    const before = this.at
    if (this.ascii(text)) return this
    this.at = before
    const bytes = utf8.encode(text)
    return this.count(bytes.length).raw(bytes)
  }

  texts(texts: readonly string[]): this {
    this.count(texts.length)
    for (const text of texts) this.text(text)
    return this
  }

  /** All of it. */
  packed(): Uint8Array<ArrayBuffer> {
    return this.made(copyOf)
  }

  /** What a function makes of all of it, which it may not keep. */
  made<T>(make: (packed: Uint8Array) => T): T {
    const made = make(this.bytes.subarray(0, this.at))
    if (this.bytes.length > SCRATCH_KEPT_BYTES) this.replace(new Uint8Array(SCRATCH_BYTES))
    return made
  }

  private ascii(text: string): boolean {
    const { length } = text
    this.count(length).room(length)
    const { bytes, at } = this
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      bytes[at + i] = code
    }
    this.at = at + length
    return true
  }

  private room(bytes: number): void {
    const wanted = this.at + bytes
    if (wanted <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, 2 * this.bytes.length))
    grown.set(this.bytes.subarray(0, this.at))
    this.replace(grown)
  }

  private replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}

/** Bytes of the longest whole number: 7 × 7 bits and 4 more are 2^53. */
const COUNT_MAX_BYTES = 8

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads what a `Packer` wrote. All that is wrong throws `bad-message`. */
export class Unpacker {
  private at = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly what: string

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.what = what
  }

  refuse(why: string): HitherError {
    return new HitherError('bad-message', `${this.what} cannot be read`, { why })
  }

  byte(): number {
    const value = this.bytes[this.at]
    if (value === undefined) throw this.refuse('it is cut short')
    this.at += 1
    return value
  }

  count(max: number): number {
    let value = 0
    for (let i = 0, weight = 1; i < COUNT_MAX_BYTES; i++, weight *= 128) {
      const byte = this.byte()
      value += (byte & 127) * weight
      if (value > max) throw this.refuse(`it has a number above ${max}`)
      if (byte < 128) return value
    }
    throw this.refuse('it has a number that does not end')
  }

  /** Any number from 0 to `max`. */
  number(max: number): number {
    const end = this.past(NUMBER_BYTES)
    const value = this.view.getFloat64(end - NUMBER_BYTES)
    if (value >= 0 && value <= max) return value
    throw this.refuse(`it has a number that is not from 0 to ${max}`)
  }

  /** A view of the bytes, not a copy. */
  raw(length: number): Uint8Array {
    return this.bytes.subarray(this.at, this.past(length))
  }

  text(maxBytes: number): string {
    const length = this.count(maxBytes)
    const end = this.past(length)
    return asciiAt(this.bytes, end - length, length) ?? this.decoded(end - length, end)
  }

  texts(maxItems: number, maxBytes: number): string[] {
    return Array.from({ length: this.count(maxItems) }, () => this.text(maxBytes))
  }

  /** What was not read yet. */
  rest(): Uint8Array {
    return this.raw(this.bytes.length - this.at)
  }

  end(): void {
    if (this.at < this.bytes.length) throw this.refuse('it goes on after its end')
  }

  /** Goes on by so many bytes, and says how far that is. */
  private past(length: number): number {
    if (this.at + length > this.bytes.length) throw this.refuse('it is cut short')
    return (this.at += length)
  }

  private decoded(at: number, end: number): string {
    try {
      return decoder.decode(this.bytes.subarray(at, end))
    } catch {
      throw this.refuse('it has a text that is none')
    }
  }
}
