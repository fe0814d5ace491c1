import library from 'readable-stream/lib/ours/browser.js'
import type { Readable, Writable } from 'node:stream'

/** Node's types do not know it. Without a reason it gives an AbortError. */
const { destroy } = library.Stream as unknown as { destroy: (stream: object, reason: unknown) => void }

/** A Node stream of a web one, with its back-pressure: the next piece is asked for when there is room. */
export function fromWeb(web: ReadableStream<unknown>, options: object = {}): Readable {
  const reader = web.getReader()
  return new library.Readable({
    ...options,
    async read() {
      try {
        const { done, value } = await reader.read()
        this.push(done ? null : value)
      } catch (thrown) {
        this.destroy(thrown as Error)
      }
    },
    destroy(error, done) {
      reader.cancel(error ?? undefined).then(() => done(error), done)
    },
  })
}

/** A web stream of bytes, or of whatever an object stream gives. */
export function toWeb(stream: Readable): ReadableStream<unknown> {
  const pieces = stream[Symbol.asyncIterator]()
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel(reason) {
        // Nobody has to listen for the error that this ends it with: it is no fault.
        stream.on('error', () => {})
        // What waits for the next piece hears of it by this; asked to return, it would wait for that piece first.
        destroy(stream, reason)
      },
    },
    { highWaterMark: 0 },
  )
}

export function writableFromWeb(web: WritableStream<unknown>, options: object = {}): Writable {
  const writer = web.getWriter()
  return new library.Writable({
    ...options,
    write(chunk, _, done) {
      writer.write(chunk).then(() => done(), done)
    },
    final(done) {
      writer.close().then(() => done(), done)
    },
    destroy(error, done) {
      const ended = error === null ? Promise.resolve() : writer.abort(error)
      ended.then(() => done(error), done)
    },
  })
}
