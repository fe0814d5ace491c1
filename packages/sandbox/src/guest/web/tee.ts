import { ReadableStream, ReadableByteStreamController } from 'web-streams-polyfill'
import { readPlainly } from './read-plainly.ts'
import { structuredClone } from './structured-clone.ts'

/** Two streams of one, where the second has copies of the chunks of the first. */
export function teeWithCopies(stream: ReadableStream<unknown>): [ReadableStream<unknown>, ReadableStream<unknown>] {
  const [first, second] = stream.tee()
  // Those of bytes copy by themselves.
  if (Reflect.get(stream, '_readableStreamController') instanceof ReadableByteStreamController) return [first, second]
  const reader = second.getReader()
  const copies = new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await readPlainly(reader)
        if (done) controller.close()
        else controller.enqueue(structuredClone(value))
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return [first, copies]
}
