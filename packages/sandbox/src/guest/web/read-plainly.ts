/* oxlint-disable no-underscore-dangle -- the library names its slots so */

import {
  ReadableStreamDefaultController,
  ReadableByteStreamController,
  type ReadableStreamDefaultReader,
} from 'web-streams-polyfill'
import { BasePromise } from '../primordials.ts'

interface Request {
  _chunkSteps(value: unknown): void
  _closeSteps(): void
  _errorSteps(error: unknown): void
}

/** web-streams-polyfill keeps its slots as properties of these names. */
interface Slots {
  _state: string
  _disturbed: boolean
  _storedError: unknown
  _readableStreamController: Record<symbol, (request: Request) => void>
}

const PULL = [ReadableStreamDefaultController, ReadableByteStreamController]
  .flatMap(({ prototype }) => Object.getOwnPropertySymbols(prototype))
  .find(({ description }) => description === '[[PullSteps]]') as symbol

/**
 * Reads as the standards' own algorithms do. The object inherits nothing: a promise asks whatever it is resolved with for a
 * `then`, which user code may have put on `Object.prototype`.
 */
export function readPlainly(reader: ReadableStreamDefaultReader<unknown>): Promise<{ done: boolean; value: unknown }> {
  const stream = Reflect.get(reader, '_ownerReadableStream') as Slots
  return new BasePromise((resolve, reject) => {
    const request: Request = {
      _chunkSteps: (value) => resolve({ __proto__: null, done: false, value } as never),
      _closeSteps: () => resolve({ __proto__: null, done: true, value: undefined } as never),
      _errorSteps: reject,
    }
    stream._disturbed = true
    if (stream._state === 'closed') request._closeSteps()
    else if (stream._state === 'errored') request._errorSteps(stream._storedError)
    else stream._readableStreamController[PULL]?.(request)
  })
}
