import { asciiAt } from './words.ts'

/** Deeper ones are none that we make. */
const DEPTH_MAX = 32

/** Stands for a message that is left to a whole decoder: no value of one is ever this. */
export const UNUSUAL: unique symbol = Symbol('unusual')

/**
 * What is in a message of what nearly all are made of: maps with ASCII keys, lists, ASCII texts, bytes, finite numbers, booleans and
 * null, each in its shortest form. `UNUSUAL` for all else, broken messages too, of which a whole decoder says what is wrong: this
 * one makes no tokens, and takes a fifth of its time.
 */
export function decodeUsual(bytes: Uint8Array): unknown {
  reader.begin(bytes)
  const value = reader.value(0)
  return reader.done() ? value : UNUSUAL
}

class Reader {
  private bytes: Uint8Array = new Uint8Array(0)
  private view: DataView = new DataView(new ArrayBuffer(0))
  private at = 0
  /** What came so far is usual. */
  private usual = true

  begin(bytes: Uint8Array): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = 0
    this.usual = true
  }

  done(): boolean {
    return this.usual && this.at === this.bytes.length
  }

  value(depth: number): unknown {
    const first = this.bytes[this.at++] ?? 0xff
    switch (first >> 5) {
      case 0:
        return this.number(first)
      case 1:
        return -1 - this.number(first)
      case 2:
        return this.blob(this.number(first))
      case 3:
        return this.text(this.number(first))
      case 4:
        return this.list(this.number(first), depth + 1)
      case 5:
        return this.map(this.number(first), depth + 1)
      default:
        return this.simple(first)
    }
  }

  private list(length: number, depth: number): unknown {
    const list: unknown[] = []
    if (depth > DEPTH_MAX) return this.unusual()
    for (let i = 0; i < length && this.usual; i++) list.push(this.value(depth))
    return list
  }

  private map(length: number, depth: number): unknown {
    const map: Record<string, unknown> = {}
    if (depth > DEPTH_MAX) return this.unusual()
    for (let i = 0; i < length && this.usual; i++) {
      const first = this.bytes[this.at++] ?? 0xff
      const key = first >> 5 === 3 ? this.text(this.number(first)) : ''
      // Twice, or a word that every object knows: whether it may be here is not for us to say.
      if (key === '' || key in map) return this.unusual()
      map[key] = this.value(depth)
    }
    return map
  }

  private simple(first: number): unknown {
    if (first === 0xf4) return false
    if (first === 0xf5) return true
    if (first === 0xf6) return null
    const length = first === 0xfa ? 4 : first === 0xfb ? 8 : 0
    if (length === 0 || !this.has(length)) return this.unusual()
    const value = length === 4 ? this.view.getFloat32(this.at) : this.view.getFloat64(this.at)
    this.at += length
    return Number.isFinite(value) ? value : this.unusual()
  }

  private blob(length: number): Uint8Array {
    if (!this.has(length)) return this.bytes
    // A copy: what came may be a view into much more.
    const blob = new Uint8Array(this.bytes.subarray(this.at, this.at + length))
    this.at += length
    return blob
  }

  private text(length: number): string {
    if (!this.has(length)) return ''
    const text = asciiAt(this.bytes, this.at, length)
    this.at += length
    if (text === undefined) this.usual = false
    return text ?? ''
  }

  /** The number that a head carries, which says it in as few bytes as it can. */
  private number(first: number): number {
    const short = first & 0x1f
    if (short < 24) return short
    const length = short === 24 ? 1 : short === 25 ? 2 : short === 26 ? 4 : 0
    if (length === 0 || !this.has(length)) return this.unusual()
    const { view, at } = this
    this.at += length
    const number = length === 1 ? view.getUint8(at) : length === 2 ? view.getUint16(at) : view.getUint32(at)
    const least = length === 1 ? 24 : length === 2 ? 2 ** 8 : 2 ** 16
    return number < least ? this.unusual() : number
  }

  private has(bytes: number): boolean {
    if (this.at + bytes <= this.bytes.length) return true
    this.usual = false
    return false
  }

  private unusual(): number {
    this.usual = false
    return 0
  }
}

/** Nothing is read while something else is: it is done before anybody else runs. */
const reader = new Reader()
