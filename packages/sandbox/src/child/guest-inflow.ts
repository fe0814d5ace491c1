import ivm from 'isolated-vm'
import { giveBack } from '@hither/core'
import { GATHERED_MAX_BYTES, GATHERED_MAX_PIECES, PIECE_MAX_BYTES, WINDOW_BYTES } from '../ipc/limits.ts'
import { Window } from '../ipc/window.ts'

/** What `take` gives the isolate: a piece; true at the end; false where one is still to come; why the body was broken off. */
export type Taken = ivm.Copy<ArrayBuffer> | boolean | string

/** The body of a request on its way into the isolate: what came, and was not asked for yet or waits for more. */
export class Inflow {
  readonly #window = new Window(0)
  #pieces: Uint8Array[] = []
  /** Of those, the first are read: they are what the isolate gets next. */
  #taken = 0
  #takenBytes = 0
  /** Nothing comes after the pieces; a text says why there should have. */
  #end: true | string | undefined
  #opened = false
  #asked = false
  /** Who reads wants all of it. */
  #all = false
  #wanted = 0
  #left = false

  /** The handler reads, and there is nothing for it yet. */
  get asked(): boolean {
    return this.#asked
  }

  /** There is something for it now. */
  get ready(): boolean {
    if (this.#end !== undefined || this.#pieces.length > this.#taken) return true
    return this.#all ? this.#takenBytes + PIECE_MAX_BYTES > GATHERED_MAX_BYTES : this.#taken > 0
  }

  /** The isolate asks for more: for what is here or, where it wants all, for as much as there may be at once. */
  take(all: boolean = this.#all): Taken {
    if (!this.#opened) this.#open()
    this.#all = all
    this.#gather()
    this.#asked = !this.ready
    if (this.#asked) return false
    return this.#taken > 0 ? this.#joined() : (this.#end ?? false)
  }

  /** Throws where the parent sent more than it was asked for. */
  put(piece: Uint8Array): void {
    if (!this.#window.came(piece.length)) throw new RangeError('the parent sent more of a body than it may')
    if (this.#end !== undefined) return
    this.#pieces.push(piece)
    if (this.#asked) this.#gather()
  }

  /** Nothing more comes. */
  finish(failure?: string): void {
    this.#end ??= failure ?? true
  }

  /** Nobody reads what is still here, or is to come. */
  close(why: string): void {
    this.#left = this.#end === undefined
    this.#pieces = []
    this.#taken = 0
    this.#takenBytes = 0
    this.#end = why
    this.#asked = false
  }

  /** What the parent is to be told, once: so many bytes more, or that no more is read. */
  news(): { wanted: number; left: boolean } {
    const news = { wanted: this.#left ? 0 : this.#wanted, left: this.#left }
    this.#wanted = 0
    this.#left = false
    return news
  }

  #open(): void {
    this.#opened = true
    this.#window.open(WINDOW_BYTES)
    this.#wanted = WINDOW_BYTES
  }

  #gather(): void {
    const most = this.#all ? GATHERED_MAX_BYTES : PIECE_MAX_BYTES
    for (const { length } of this.#pieces.slice(this.#taken)) {
      if (this.#takenBytes + length > most || this.#taken >= GATHERED_MAX_PIECES) break
      this.#taken += 1
      this.#takenBytes += length
      this.#wanted += this.#window.read(length)
    }
  }

  /** What was gathered, as one piece: entering the isolate costs as much for a short one as for a long one. */
  #joined(): ivm.Copy<ArrayBuffer> {
    const taken = this.#pieces.splice(0, this.#taken)
    const bytes = this.#takenBytes
    this.#taken = 0
    this.#takenBytes = 0
    const [first] = taken
    if (first !== undefined && taken.length === 1 && isAlone(first)) return moved(first)
    const whole = new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
    let at = 0
    for (const piece of taken) {
      whole.set(piece, at)
      at += piece.length
      giveBack(piece)
    }
    return moved(whole)
  }
}

function isAlone(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.length === bytes.buffer.byteLength
}

/** Moved into the isolate instead of copied twice. */
export function moved({ buffer }: Uint8Array<ArrayBuffer>): ivm.Copy<ArrayBuffer> {
  return new ivm.ExternalCopy(buffer, { transferOut: true }).copyInto({ release: true, transferIn: true })
}

/** A copy of its own, so that it can be moved; none where there is nothing in it. */
export function movedIn(body: Uint8Array): ivm.Copy<ArrayBuffer> | undefined {
  return body.length === 0 ? undefined : moved(body.slice())
}
