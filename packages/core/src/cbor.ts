/** Deeper ones are none that we make, and a circle never ends. */
const DEPTH_MAX = 32

const SCRATCH_BYTES = 4096

/** CBOR's major types, where they stand in the first byte (RFC 8949, 3.1). */
const MAJOR = { uint: 0x00, negative: 0x20, bytes: 0x40, text: 0x60, list: 0x80, map: 0xa0 }

const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6
const FLOAT32 = 0xfa
const FLOAT64 = 0xfb

const utf8 = new TextEncoder()

export interface CborOptions {
  /** Every number with a fraction in eight bytes, as DAG-CBOR wants it. */
  float64: boolean
  /** Fields that are undefined are left out. */
  skipUndefined: boolean
}

/**
 * The canonical CBOR of what nearly all messages are made of: plain objects with ASCII keys, lists, texts, bytes, finite numbers,
 * booleans and null. Undefined for all else, which is left to a whole encoder: this one makes no tokens, and takes less than half of its time.
 */
export function encodeUsual(value: object, options: CborOptions): Uint8Array<ArrayBuffer> | undefined {
  writer.begin(options)
  return writer.value(value, 0) ? writer.bytes() : undefined
}

/** Each `value`, `list` and the like says whether it could write all of what it was given. */
class Writer {
  private scratch = new Uint8Array(SCRATCH_BYTES)
  private view = new DataView(this.scratch.buffer)
  private at = 0
  private options: CborOptions = { float64: false, skipUndefined: false }

  begin(options: CborOptions): void {
    this.at = 0
    this.options = options
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const written = this.scratch.slice(0, this.at)
    // One long message must not hold its memory for ever.
    if (this.scratch.length > 16 * SCRATCH_BYTES) this.replace(new Uint8Array(SCRATCH_BYTES))
    return written
  }

  value(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return this.number(value)
      case 'boolean':
        return this.byte(value ? TRUE : FALSE)
      case 'object':
        return value === null ? this.byte(NULL) : depth < DEPTH_MAX && this.object(value, depth + 1)
      default:
        return false
    }
  }

  private object(value: object, depth: number): boolean {
    if (value instanceof Uint8Array) return this.blob(value)
    if (Array.isArray(value)) return this.list(value, depth)
    return Object.getPrototypeOf(value) === Object.prototype && this.map(value as Record<string, unknown>, depth)
  }

  private list(list: readonly unknown[], depth: number): boolean {
    this.head(MAJOR.list, list.length)
    for (const one of list) if (!this.value(one, depth)) return false
    return true
  }

  private map(map: Record<string, unknown>, depth: number): boolean {
    const keys = this.inOrder(map)
    this.head(MAJOR.map, keys.length)
    for (const key of keys) {
      if (!this.ascii(key) || !this.value(map[key], depth)) return false
    }
    return true
  }

  /** Those that are said, in canonical order. What is said often is made in that order, and says all that it has. */
  private inOrder(map: Record<string, unknown>): string[] {
    let keys = Object.keys(map)
    if (this.options.skipUndefined && keys.some((key) => map[key] === undefined)) {
      keys = keys.filter((key) => map[key] !== undefined)
    }
    for (let i = 1; i < keys.length; i++) {
      if (shorterFirst(keys[i - 1] ?? '', keys[i] ?? '') > 0) return keys.sort(shorterFirst)
    }
    return keys
  }

  private number(value: number): boolean {
    if (Number.isSafeInteger(value))
      return value < 0 ? this.head(MAJOR.negative, -1 - value) : this.head(MAJOR.uint, value)
    if (!Number.isFinite(value)) return false
    this.room(9)
    if (!this.options.float64 && Math.fround(value) === value) {
      this.view.setUint8(this.at, FLOAT32)
      this.view.setFloat32(this.at + 1, value)
      this.at += 5
    } else {
      this.view.setUint8(this.at, FLOAT64)
      this.view.setFloat64(this.at + 1, value)
      this.at += 9
    }
    return true
  }

  private text(text: string): boolean {
    const before = this.at
    if (this.ascii(text)) return true
    this.at = before
    const bytes = utf8.encode(text)
    this.head(MAJOR.text, bytes.length)
    return this.raw(bytes)
  }

  private ascii(text: string): boolean {
    const { length } = text
    this.head(MAJOR.text, length)
    this.room(length)
    const { scratch, at } = this
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      scratch[at + i] = code
    }
    this.at = at + length
    return true
  }

  private blob(bytes: Uint8Array): boolean {
    this.head(MAJOR.bytes, bytes.length)
    return this.raw(bytes)
  }

  private raw(bytes: Uint8Array): boolean {
    this.room(bytes.length)
    this.scratch.set(bytes, this.at)
    this.at += bytes.length
    return true
  }

  private byte(byte: number): boolean {
    this.room(1)
    this.scratch[this.at++] = byte
    return true
  }

  /** A type with a number, in as few bytes as that takes. */
  private head(major: number, number: number): boolean {
    this.room(9)
    const { view, at } = this
    if (number < 24) {
      view.setUint8(at, major | number)
      this.at += 1
    } else if (number < 2 ** 8) {
      view.setUint16(at, ((major | 24) << 8) | number)
      this.at += 2
    } else if (number < 2 ** 16) {
      view.setUint8(at, major | 25)
      view.setUint16(at + 1, number)
      this.at += 3
    } else if (number < 2 ** 32) {
      view.setUint8(at, major | 26)
      view.setUint32(at + 1, number)
      this.at += 5
    } else {
      view.setUint8(at, major | 27)
      view.setBigUint64(at + 1, BigInt(number))
      this.at += 9
    }
    return true
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.scratch.length) return
    const larger = new Uint8Array(Math.max(2 * this.scratch.length, this.at + bytes))
    larger.set(this.scratch.subarray(0, this.at))
    this.replace(larger)
  }

  private replace(scratch: Uint8Array<ArrayBuffer>): void {
    this.scratch = scratch
    this.view = new DataView(scratch.buffer)
  }
}

/** Nothing is written while something else is: it is done before anybody else runs. */
const writer = new Writer()

/** The order of keys in canonical CBOR (RFC 7049, 3.9), for ASCII. */
function shorterFirst(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}
