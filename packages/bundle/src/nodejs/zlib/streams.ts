import { Z_SYNC_FLUSH } from 'pako'
import { Transform } from '../stream.ts'
import { Engine, Z_FINISH, type Kind, type Options } from './engine.ts'

type Done = (error?: Error | null) => void

const NOTHING = new Uint8Array(0)

export class ZlibStream extends Transform {
  readonly #engine: Engine
  readonly #flush: number
  readonly #finish: number
  /** Bytes that came in. */
  bytesWritten = 0

  constructor(kind: Kind, options: Options = {}) {
    super(options as object)
    this.#engine = new Engine(kind, (bytes) => void this.push(bytes), options)
    this.#flush = options.flush ?? 0
    this.#finish = options.finishFlush ?? Z_FINISH
  }

  override _transform(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.bytesWritten += chunk.length
    this.#attempt(() => this.#engine.push(chunk, this.#flush), done)
  }

  override _flush(done: Done): void {
    this.#attempt(() => this.#engine.push(NOTHING, this.#finish), done)
  }

  /** Gives out what is held back, so that whoever reads has all that was written until now. */
  flush(kind: number | Done = Z_SYNC_FLUSH, done: Done = () => {}): void {
    if (typeof kind === 'function') return this.flush(Z_SYNC_FLUSH, kind)
    const act = (): void => this.#attempt(() => this.#engine.push(NOTHING, kind), done)
    if (this.writableLength === 0) act()
    else this.once('drain', act)
  }

  close(done?: () => void): void {
    if (done !== undefined) this.once('close', done)
    this.destroy()
  }

  #attempt(act: () => void, done: Done): void {
    try {
      act()
    } catch (thrown) {
      return done(thrown as Error)
    }
    done()
  }
}
