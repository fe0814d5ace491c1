import { encodeFrames } from '@hither/core'
import ivm from 'isolated-vm'
import { FRAME } from '../../packages/sandbox/src/ipc/frames.ts'
import { MessageReader, messageFrames } from '../../packages/sandbox/src/ipc/messages.ts'
import { load, UNHEARD } from './load.ts'
import { measure } from './measure.ts'

const LIMITS = { cpuMs: 10_000, bodyBytes: 1024 * 1024 }
const HEAD = { method: 'GET', url: 'http://fn.localhost/', headers: [['accept', '*/*']] as [string, string][] }
const CALL = encodeFrames(messageFrames(FRAME.call, 1, { fn: 1, ...HEAD, ...LIMITS }))
const EMPTY = new Uint8Array(0)
const OK = new TextEncoder().encode('ok')

/** What no call can do without: into the isolate, its microtasks, and the text out again. */
function bare(): () => void {
  const isolate = new ivm.Isolate({ memoryLimit: 128 })
  const context = isolate.createContextSync()
  const run = context.evalClosureSync(
    `const handler = async () => 'ok'
     return async (id, method, url, headers) => $0(id, 200, '', await handler(method, url, headers))`,
    [new ivm.Callback(() => undefined)],
    { result: { reference: true } },
  ) as ivm.Reference<(...args: unknown[]) => void>
  return () => run.applySync(undefined, [1, HEAD.method, HEAD.url, 'accept\n*/*'], { timeout: LIMITS.cpuMs })
}

/** A call from the head of its frame, as it was decoded, to the bytes of its answer's frame. */
function call(code: string): () => void {
  const guest = load(code)
  let id = 0
  return () => {
    guest.invoke({ ...HEAD, id: ++id, body: EMPTY }, LIMITS, {
      ...UNHEARD,
      done(outcome) {
        if (!('response' in outcome)) throw new Error(JSON.stringify(outcome))
        const { status, headers, body } = outcome.response
        encode(status, headers, body)
      },
    })
  }
}

function encode(status: number, headers: unknown, body: Uint8Array): void {
  const measured = { runMs: 0.5, cpuMs: 0.5, heapBytes: 5_000_000 }
  encodeFrames(messageFrames(FRAME.ended, 1, { status, headers, ...measured }, body))
}

const reader = new MessageReader(LIMITS.bodyBytes)
const TEXT = [['content-type', 'text/plain;charset=UTF-8']]

console.log(
  JSON.stringify(
    measure(
      {
        'bare applySync': bare(),
        "new Response('ok')": call(`export default () => new Response('ok')`),
        bytes: call(`const ok = new Uint8Array(2); export default () => new Response(ok)`),
        'reads URL and header, answers JSON': call(
          `export default ({ url, headers }) => Response.json({ url, accept: headers.get('accept') })`,
        ),
        'of which: decoding the frame (not counted above)': () =>
          void reader.push(CALL).map(({ head }) => head.pairs('headers')),
        'of which: encoding the frame': () => encode(200, TEXT, OK),
      },
      { warmup: 10_000, rounds: 40, runs: 250 },
    ),
  ),
)
