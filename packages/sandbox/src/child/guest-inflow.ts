import ivm from 'isolated-vm'
import { concat } from '@hither/core'
import { PIECE_MAX_BYTES, WINDOW_BYTES } from '../ipc/limits.ts'
import { Window } from '../ipc/window.ts'

/** What `take` gives the isolate: a piece; true at the end; false where one is still to come; why the body was broken off. */
export type Taken = ivm.Copy<ArrayBuffer> | boolean | string

/** The body of a request on its way into the isolate: what came and was not asked for yet. */
export class Inflow {
  readonly #window = new Window(0)
  #pieces: Uint8Array[] = []
  /** Nothing comes after the pieces; a text says why there should have. */
  #end: true | string | undefined
  #opened = false
  #asked = false
  #wanted = 0
  #left = false

  /** The handler reads, and there is nothing for it. */
  get asked(): boolean {
    return this.#asked
  }

  /** The isolate asks for more. */
  take(): Taken {
    if (!this.#opened) this.#open()
    const taken = this.#pieces.length > 0 ? this.#joined() : (this.#end ?? false)
    this.#asked = taken === false
    return taken
  }

  /** Throws where the parent sent more than it was asked for. */
  put(piece: Uint8Array): void {
    if (!this.#window.came(piece.length)) throw new RangeError('the parent sent more of a body than it may')
    if (this.#end === undefined) this.#pieces.push(piece)
  }

  /** Nothing more comes. */
  finish(failure?: string): void {
    this.#end ??= failure ?? true
  }

  /** Nobody reads what is still here, or is to come. */
  close(why: string): void {
    this.#left = this.#end === undefined
    this.#pieces = []
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

  /** What is here, as one piece: entering the isolate costs as much for a short one as for a long one. */
  #joined(): ivm.Copy<ArrayBuffer> {
    const taken: Uint8Array[] = []
    let bytes = 0
    for (const piece of this.#pieces) {
      if (bytes + piece.length > PIECE_MAX_BYTES) break
      taken.push(piece)
      bytes += piece.length
      this.#wanted += this.#window.read(piece.length)
    }
    this.#pieces.splice(0, taken.length)
    const [first] = taken
    return first !== undefined && taken.length === 1 && isAlone(first) ? moved(first) : moved(concat(taken, bytes))
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
