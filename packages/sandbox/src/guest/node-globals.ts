import { atob, btoa } from './web/base64.ts'
import { TextDecoder, TextEncoder } from '@exodus/bytes/encoding.js'

/** Node's globals as undici's fetch classes use them. Bound by the build where they are named; user code never sees them. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export class Buffer extends Uint8Array {
  static byteLength(text: string): number {
    let bytes = 0
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 0x80) bytes += 1
      else if (unit < 0x800) bytes += 2
      else if (isLead(unit) && isTrail(text.charCodeAt(i + 1))) {
        bytes += 4
        i += 1
      } else bytes += 3
    }
    return bytes
  }

  static isBuffer(value: unknown): boolean {
    return value instanceof Buffer
  }

  static allocUnsafe(length: number): Buffer {
    return new Buffer(length)
  }

  static concat(parts: Uint8Array[], length: number): Buffer {
    const whole = new Buffer(length)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  static override from(value: unknown, encoding?: unknown): Buffer {
    if (typeof value === 'string') {
      if (encoding === 'base64') return latin1(atob(value))
      if (encoding === 'binary' || encoding === 'latin1') return latin1(value)
      const { buffer, byteOffset, length } = encoder.encode(value)
      return new Buffer(buffer, byteOffset, length)
    }
    return new Buffer(value as ArrayLike<number>)
  }

  override toString(encoding?: string): string {
    if (encoding !== 'latin1' && encoding !== 'base64') return decoder.decode(this)
    let text = ''
    for (const byte of this) text += String.fromCharCode(byte)
    return encoding === 'latin1' ? text : btoa(text)
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, i) => byte === other[i])
  }

  override indexOf(value: unknown, from: number = 0): number {
    if (typeof value === 'number') return super.indexOf(value, from)
    const bytes = typeof value === 'string' ? encoder.encode(value) : (value as Uint8Array)
    const first = bytes[0]
    if (first === undefined) return from
    for (let at = super.indexOf(first, from); at >= 0; at = super.indexOf(first, at + 1)) {
      if (bytes.every((byte, i) => this[at + i] === byte)) return at
    }
    return -1
  }
}

/** Stands in for V8's, which is taken away: see `REMOVED`. What undici cleans up with it ends with the call anyway. */
export class FinalizationRegistry {
  register(): void {}
  unregister(): void {}
}

/** Not of Node: see the build's mends. */
export { readPlainly } from './web/read-plainly.ts'
export { giveBackAll, readsAll } from './web/reads-all.ts'
export { LazyBody } from './web/lazy-body.ts'

/** Asked for by type only; the function has none. */
export function MessagePort(): void {}

export const process = {
  platform: 'hither',
  versions: { node: '24.0.0' },
  emitWarning(): void {},
}

function isLead(unit: number): boolean {
  return unit >= 0xd8_00 && unit < 0xdc_00
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc_00 && unit < 0xe0_00
}

function latin1(text: string): Buffer {
  const bytes = new Buffer(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
