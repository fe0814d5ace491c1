import { constants, openSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { HitherError, readWhole, toHitherError, WHOLE_BODY_MAX_BYTES, type Body } from '@hither/core'
import { bytes } from './terminal/words.ts'

/**
 * What a file holds, as the body of a request: a short file whole, so that it can be sent again; all else, devices and pipes among it,
 * as a stream, for what does not say its size may have no end. Throws `usage`.
 */
export async function fileBody(path: string): Promise<Body> {
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) throw new Error('it is a folder')
    if (stats.isFIFO()) return pipeBody(path)
    const isShort = stats.isFile() && stats.size > 0 && stats.size <= WHOLE_BODY_MAX_BYTES
    const file = await open(path)
    return isShort ? await readWhole(file.createReadStream({ end: stats.size - 1 })) : streamed(file.createReadStream())
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** A thread that waits for a pipe as for a file could not be called off, and no process ends before its threads. */
function pipeBody(path: string): Body {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return streamed(new Socket({ fd, readable: true, writable: false }))
}

/**
 * Node's own way to go through a stream ends without a word to it where nothing was read, and what it reads from stays open. Where a
 * piece is waited for it ends only after that has come.
 */
function streamed(source: Readable): Body {
  return {
    [Symbol.asyncIterator]() {
      const pieces = source.iterator()
      let left = false
      return {
        async next() {
          try {
            return await pieces.next()
          } catch (error) {
            // That it was closed before its end is our own doing.
            if (left) return OVER
            throw error
          }
        },
        async return() {
          left = true
          source.destroy()
          return OVER
        },
      }
    },
  }
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Of a secret, an invitation or a receipt that is read whole: the longest of them has an eighth of that. */
export const INPUT_MAX_BYTES: number = 64 * 1024

/** All of a file of at most INPUT_MAX_BYTES. Throws `usage`. */
export async function readFileWithin(path: string): Promise<Uint8Array> {
  try {
    return await readWithin(await fileBody(path), path)
  } catch (cause) {
    throw cause instanceof HitherError ? cause : unreadable(path, cause)
  }
}

/** All of what comes from a file or another program, at most INPUT_MAX_BYTES. Throws `usage`. */
export async function readWithin(source: Body, what: string): Promise<Uint8Array> {
  try {
    return await readWhole(source, INPUT_MAX_BYTES)
  } catch (cause) {
    if (toHitherError(cause).code !== 'too-large') throw cause
    throw new HitherError('usage', `${what} is too long`, { why: `it has more than ${bytes(INPUT_MAX_BYTES)}`, cause })
  }
}

function unreadable(path: string, cause: unknown): HitherError {
  return new HitherError('usage', `the file "${path}" cannot be read`, {
    why: cause instanceof Error ? cause.message : String(cause),
    cause,
  })
}
