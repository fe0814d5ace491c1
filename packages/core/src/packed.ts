import { HitherError } from './errors.ts'

/**
 * Numbers and texts by position, without their names: for what is said so often that names would be most of it. A whole number
 * takes seven bits a byte, the lowest first.
 */
export class Packer {
  private readonly bytes: number[] = []

  byte(value: number): this {
    this.bytes.push(value & 255)
    return this
  }

  /** A whole number from 0 up. */
  count(value: number): this {
    let left = value
    for (; left > 127; left = Math.floor(left / 128)) this.bytes.push((left % 128) | 128)
    return this.byte(left)
  }

  raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.bytes.push(byte)
    return this
  }

  text(text: string): this {
    const bytes = new TextEncoder().encode(text)
    return this.count(bytes.length).raw(bytes)
  }

  texts(texts: readonly string[]): this {
    this.count(texts.length)
    for (const text of texts) this.text(text)
    return this
  }

  packed(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes)
  }
}

/** Bytes of the longest whole number: 7 × 7 bits and 4 more are 2^53. */
const COUNT_MAX_BYTES = 8

/** Reads what a `Packer` wrote. All that is wrong throws `bad-message`. */
export class Unpacker {
  private at = 0
  private readonly bytes: Uint8Array
  private readonly what: string

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes
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
    for (let i = 0; i < COUNT_MAX_BYTES; i++) {
      const byte = this.byte()
      value += (byte & 127) * 128 ** i
      if (value > max) throw this.refuse(`it has a number above ${max}`)
      if (byte < 128) return value
    }
    throw this.refuse('it has a number that does not end')
  }

  /** A view of the bytes, not a copy. */
  raw(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw this.refuse('it is cut short')
    return this.bytes.subarray(this.at, (this.at += length))
  }

  text(maxBytes: number): string {
    return new TextDecoder().decode(this.raw(this.count(maxBytes)))
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
}
