import { ReadableStream, type ReadableByteStreamController } from 'web-streams-polyfill'
import { host } from '../host.ts'
import { whenAllIsRead } from '../web/reads-all.ts'
import type { Call } from './calls.ts'

/** The body of a request that comes piece by piece: each is asked for when the handler reads. */
export function streamOf(call: Call): ReadableStream<Uint8Array> {
  let all = false
  const stream = new ReadableStream<Uint8Array>(
    {
      type: 'bytes',
      pull(controller: ReadableByteStreamController) {
        const taken = host.take(call.id, all)
        if (taken === false) call.feed = (late) => bring(controller, late)
        else bring(controller, taken)
      },
      cancel() {
        call.feed = undefined
        host.leave(call.id)
      },
    },
    { highWaterMark: 0 },
  )
  return whenAllIsRead(stream, () => (all = true))
}

function bring(controller: ReadableByteStreamController, taken: ArrayBuffer | true | string): void {
  if (taken === true) {
    controller.close()
    // Whoever reads into a buffer of their own is told by this alone.
    controller.byobRequest?.respond(0)
  } else if (typeof taken === 'string') {
    controller.error(new TypeError(taken))
  } else {
    controller.enqueue(new Uint8Array(taken))
  }
}
