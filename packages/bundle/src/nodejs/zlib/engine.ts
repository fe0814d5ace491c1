import { Deflate, Inflate, Z_FINISH, Z_OK, type ZStream } from 'pako'
import { Buffer } from '../buffer.ts'
import { bytesOf, type Data } from '../crypto/bytes.ts'

export type Kind = 'deflate' | 'deflateRaw' | 'gzip' | 'inflate' | 'inflateRaw' | 'gunzip' | 'unzip'

export interface Options {
  level?: number
  windowBits?: number
  memLevel?: number
  strategy?: 0 | 1 | 2 | 3 | 4
  dictionary?: Data
  chunkSize?: number
  flush?: number
  finishFlush?: number
  maxOutputLength?: number
}

/** How Node calls what zlib says, by number. */
const CODES: Record<number, string> = {
  1: 'Z_STREAM_END',
  2: 'Z_NEED_DICT',
  [-1]: 'Z_ERRNO',
  [-2]: 'Z_STREAM_ERROR',
  [-3]: 'Z_DATA_ERROR',
  [-4]: 'Z_MEM_ERROR',
  [-5]: 'Z_BUF_ERROR',
}

/** gzip's window bits tell zlib which header to expect; 15 and 32 more, to find out. */
const WINDOW: Partial<Record<Kind, number>> = { inflate: 15, gunzip: 31, unzip: 47 }

/** What gzip's files begin with, and zlib's cannot. */
const GZIP = 0x1f

/** Takes bytes in and gives others out, whole or piece by piece: zlib, as pako has it. */
export class Engine {
  readonly #make: () => Deflate | Inflate
  /** Whether another may follow where one ends: gzip's files can be put together. */
  readonly #joins: boolean
  #machine: Deflate | Inflate
  #state: ZStream | undefined
  #first: number | undefined
  #over = false

  constructor(kind: Kind, onData: (bytes: Buffer) => void, options: Options = {}) {
    const { dictionary, level = -1, ...rest } = options
    const given: object = { ...definedIn(rest), ...(dictionary !== undefined && { dictionary: bytesOf(dictionary) }) }
    const inflates = kind in WINDOW || kind === 'inflateRaw'
    const windowBits = options.windowBits ?? 15
    const inflating = { ...given, windowBits: kind === 'inflateRaw' ? -windowBits : (WINDOW[kind] ?? windowBits) }
    const deflating = { ...given, level, gzip: kind === 'gzip', raw: kind === 'deflateRaw' }
    this.#make = () => {
      const machine = inflates ? new Inflate(inflating) : new Deflate(deflating)
      machine.onData = (bytes) => onData(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      machine.onStart = (state) => (this.#state = state)
      // Otherwise it would look for the pieces that went elsewhere.
      machine.onEnd = () => {}
      return machine
    }
    this.#joins = kind === 'gunzip' || kind === 'unzip'
    this.#machine = this.#make()
  }

  /** Throws as Node does: `Z_DATA_ERROR` and its like. */
  push(bytes: Uint8Array, flush: number): void {
    this.#first ??= bytes[0]
    if (this.#over || (this.#ended && !this.#goesOn(bytes))) return
    this.#machine.push(bytes, flush as typeof Z_FINISH)
    const { err, msg } = this.#machine
    if (err !== Z_OK && CODES[err] !== 'Z_STREAM_END') throw this.#failure(err, msg)
    if (flush === Z_FINISH && this.#machine instanceof Inflate && !this.#ended)
      throw this.#failure(-5, 'unexpected end of file')
    // What pako leaves behind the end is padding.
    this.#over = this.#ended && this.#state?.avail_in !== 0
  }

  get #ended(): boolean {
    return this.#machine instanceof Inflate && this.#machine.ended
  }

  /** Behind the end comes the next of gzip's files, or garbage, which is found to be none. After padding nothing counts. */
  #goesOn(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return false
    this.#over = !this.#joins || this.#first !== GZIP || bytes[0] === 0
    if (!this.#over) this.#machine = this.#make()
    return !this.#over
  }

  #failure(errno: number, message: string): Error {
    this.#over = true
    const said = errno === 2 ? 'Missing dictionary' : errno === -5 ? 'unexpected end of file' : message
    return Object.assign(new Error(said), { errno, code: CODES[errno] })
  }
}

export { Z_FINISH }

function definedIn(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
