import type { ByteStream } from '@hither/core'
import { pattern } from './services.ts'

/** A source that tells how it is used. */
export interface Source extends ByteStream {
  /** Bytes that were asked for so far. */
  readonly pulled: number
  /** Resolves when it was read to its end, or left. */
  readonly over: Promise<'read' | 'left'>
  /** Resolves when so many bytes were asked for. */
  reached(bytes: number): Promise<void>
}

const PIECE_BYTES = 64 * 1024

/** Pieces of one pattern, so many bytes in all. */
export function source(bytes: number, pieceBytes: number = PIECE_BYTES): Source {
  const over = Promise.withResolvers<'read' | 'left'>()
  const waiting = new Map<() => void, number>()
  const piece = pattern(pieceBytes)
  let pulled = 0
  const give = (): Uint8Array => {
    const next = piece.subarray(0, bytes - pulled)
    pulled += next.length
    for (const [told, at] of waiting) if (pulled >= at) told()
    return next
  }
  return {
    get pulled() {
      return pulled
    },
    over: over.promise,
    reached: (at) => new Promise((resolve) => (pulled >= at ? resolve() : void waiting.set(resolve, at))),
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (pulled < bytes) return { done: false, value: give() }
        over.resolve('read')
        return { done: true, value: undefined }
      },
      async return() {
        over.resolve('left')
        return { done: true, value: undefined }
      },
    }),
  }
}

/** What `source` gives in all. */
export function sourceBytes(bytes: number, pieceBytes: number = PIECE_BYTES): Uint8Array {
  const whole = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += pieceBytes) whole.set(pattern(Math.min(pieceBytes, bytes - at)), at)
  return whole
}

/** A source that gives what it is given, when it is given it. */
export interface Pipe extends ByteStream {
  give(piece: Uint8Array): void
  end(error?: Error): void
  /** Resolves when it is left early. */
  readonly left: Promise<void>
}

export function pipe(): Pipe {
  const left = Promise.withResolvers<void>()
  const given: (() => Uint8Array | undefined)[] = []
  let wake = (): void => {}
  const add = (what: () => Uint8Array | undefined): void => {
    given.push(what)
    wake()
  }
  return {
    left: left.promise,
    give: (piece) => add(() => piece),
    end: (error) =>
      add(() => {
        if (error !== undefined) throw error
        return undefined
      }),
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (given.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        const value = given.shift()?.()
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      async return() {
        left.resolve()
        return { done: true, value: undefined }
      },
    }),
  }
}

/** Reads one piece at a time. */
export function reading(body: ByteStream | Uint8Array): AsyncIterator<Uint8Array> {
  if (body instanceof Uint8Array) throw new Error('it came as a whole')
  return body[Symbol.asyncIterator]()
}
