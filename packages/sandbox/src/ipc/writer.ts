import type { Headers } from '@hither/core'
import { LENGTH_BYTES, MESSAGE_HEAD_BYTES } from './limits.ts'

/** What is kept between two writes: a burst of calls fits, and what a long body took is given back. */
const KEPT_BYTES: number = 64 * 1024

/** A body up to so long is copied to its head. To copy more takes longer than to tell the kernel of one piece more. */
const COPIED_MAX_BYTES: number = 8 * 1024

/** What one character of a text takes at most in UTF-8. */
const CHAR_MAX_BYTES = 3

const NO_BYTES = new Uint8Array(0)

/**
 * Puts messages one behind the other into one buffer, of which there are two in turns: what is sent in one turn is one write. Only long
 * bodies stay where they are.
 */
export class MessageWriter {
  private bytes: Buffer = Buffer.allocUnsafeSlow(KEPT_BYTES)
  private spare: Buffer | undefined
  private at = 0
  /** What comes before the bytes from `cut` on: earlier ones, and long bodies. */
  private parts: Uint8Array[] = []
  private cut = 0
  /** Where the message that is being written began. */
  private from = 0

  get empty(): boolean {
    return this.at === 0
  }

  /** A message with a head in JSON, or without one. */
  message(type: number, id: number, head?: object, body: Uint8Array = NO_BYTES): void {
    this.begin(type, id)
    if (head !== undefined) this.chars(JSON.stringify(head))
    this.end(body)
  }

  begin(type: number, id: number): void {
    this.room(MESSAGE_HEAD_BYTES)
    this.from = this.at
    this.bytes[this.at + LENGTH_BYTES] = type
    this.bytes.writeUInt32BE(id, this.at + LENGTH_BYTES + 1)
    this.at += MESSAGE_HEAD_BYTES
  }

  u8(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  u16(value: number): void {
    this.room(2)
    this.at = this.bytes.writeUInt16BE(value, this.at)
  }

  u32(value: number): void {
    this.room(4)
    this.at = this.bytes.writeUInt32BE(value, this.at)
  }

  f64(value: number): void {
    this.room(8)
    this.at = this.bytes.writeDoubleBE(value, this.at)
  }

  /** The last field of a head: some texts, and the names and values of headers. All in one piece, behind how many characters each has. */
  texts(plain: readonly string[], headers: Headers): void {
    this.u16(plain.length + 2 * headers.length)
    let all = ''
    for (const text of plain) {
      this.u32(text.length)
      all += text
    }
    for (const [name, value] of headers) {
      this.u32(name.length)
      this.u32(value.length)
      all += name + value
    }
    this.chars(all)
  }

  /** The head is written. */
  end(body: Uint8Array = NO_BYTES): void {
    const headBytes = this.at - this.from - MESSAGE_HEAD_BYTES
    this.bytes.writeUInt32BE(this.at - this.from - LENGTH_BYTES + body.length, this.from)
    this.bytes.writeUInt32BE(headBytes, this.from + MESSAGE_HEAD_BYTES - 4)
    if (body.length > COPIED_MAX_BYTES) {
      this.parts.push(this.bytes.subarray(this.cut, this.at), body)
      this.cut = this.at
    } else {
      this.room(body.length)
      this.bytes.set(body, this.at)
      this.at += body.length
    }
  }

  /** Gives away all that was written since the last time, in parts. `write` says whether it needs them no more when it returns. */
  drain(write: (parts: readonly Uint8Array[]) => boolean): void {
    const { bytes, at, parts, cut } = this
    if (cut < at) parts.push(bytes.subarray(cut, at))
    // What is written meanwhile goes elsewhere.
    this.bytes = this.spare ?? Buffer.allocUnsafeSlow(KEPT_BYTES)
    this.spare = undefined
    this.at = 0
    this.parts = []
    this.cut = 0
    if (write(parts) && bytes.length === KEPT_BYTES) this.spare = bytes
  }

  private chars(text: string): void {
    this.room(CHAR_MAX_BYTES * text.length)
    this.at += this.bytes.write(text, this.at)
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.at + bytes, 2 * this.bytes.length))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }
}
