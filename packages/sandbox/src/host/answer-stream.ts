import type { ByteStream, HitherError } from '@hither/core'
import { WINDOW_BYTES } from '../ipc/limits.ts'
import { Window } from '../ipc/window.ts'

export interface AnswerStreamInit {
  /** All of it together, in bytes. */
  maxBytes: number
  /** So many bytes more may come. */
  onRead(bytes: number): void
  /** It was read to its end, or to the error that ended it. */
  onOver(error: HitherError | undefined): void
  /** Its reader wants no more of it. */
  onLeft(): void
}

type Read = IteratorResult<Uint8Array, undefined>

const DONE: Read = { done: true, value: undefined }

/** The body of an answer on its way to who called: holds what came and was not read yet, as much as its window lets come. */
export class AnswerStream implements ByteStream, AsyncIterator<Uint8Array, undefined> {
  private readonly init: AnswerStreamInit
  private readonly window = new Window(WINDOW_BYTES)
  private pieces: Uint8Array[] = []
  private readonly readers: PromiseWithResolvers<Read>[] = []
  /** What comes after the pieces. */
  private end: { error?: HitherError } | undefined
  private over = false
  private bytes = 0

  constructor(init: AnswerStreamInit) {
    this.init = init
  }

  /** The next piece, alone in its memory. False where it is one too many. Of one that was given up, some may still be under way. */
  came(piece: Uint8Array): boolean {
    this.bytes += piece.length
    if (!this.window.came(piece.length) || this.bytes > this.init.maxBytes) return false
    if (this.end !== undefined) return true
    this.pieces.push(piece)
    this.serve()
    return true
  }

  /** Nothing follows what came. */
  close(error?: HitherError): void {
    this.end ??= error === undefined ? {} : { error }
    this.serve()
  }

  /** It ends here, whatever came. */
  abort(error: HitherError): void {
    if (this.over) return
    this.pieces = []
    this.end = { error }
    this.serve()
  }

  next(): Promise<Read> {
    const reader = Promise.withResolvers<Read>()
    this.readers.push(reader)
    this.serve()
    return reader.promise
  }

  return(): Promise<Read> {
    if (!this.over) {
      this.over = true
      this.pieces = []
      this.end = {}
      this.serve()
      this.init.onLeft()
    }
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  private serve(): void {
    while (this.readers.length > 0 && (this.pieces.length > 0 || this.end !== undefined)) {
      const reader = this.readers.shift()
      const value = this.pieces.shift()
      if (value === undefined) this.finish(reader)
      else this.hand(value, reader)
    }
  }

  private hand(value: Uint8Array, reader: PromiseWithResolvers<Read> | undefined): void {
    reader?.resolve({ done: false, value })
    const bytes = this.window.read(value.length)
    if (bytes > 0 && this.end === undefined) this.init.onRead(bytes)
  }

  /** The error is told once; whoever asks again learns that there is no more. */
  private finish(reader: PromiseWithResolvers<Read> | undefined): void {
    const { error } = this.end ?? {}
    this.end = {}
    if (error === undefined) reader?.resolve(DONE)
    else reader?.reject(error)
    if (this.over) return
    this.over = true
    this.init.onOver(error)
  }
}
