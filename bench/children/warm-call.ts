import ivm from 'isolated-vm'
import { readCall, writeAnswer, writeCall } from '../../packages/sandbox/src/ipc/heads.ts'
import { MessageReader } from '../../packages/sandbox/src/ipc/messages.ts'
import { MessageWriter } from '../../packages/sandbox/src/ipc/writer.ts'
import { load, UNHEARD } from './load.ts'
import { measure } from './measure.ts'

const LIMITS = { cpuMs: 10_000, patience: 1, bodyBytes: 1024 * 1024 }
const HEAD = { method: 'GET', url: 'http://fn.localhost/', headers: [['accept', '*/*']] as [string, string][] }
const writer = new MessageWriter()
writeCall(writer, 1, { fn: 1, ...HEAD, ...LIMITS, startBy: Number.MAX_SAFE_INTEGER, streams: false })
let sent = Buffer.alloc(0)
writer.drain((parts) => {
  sent = Buffer.concat(parts)
  return true
})
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

/** A call from the head of its message, as it was decoded, to the bytes of its answer's message. */
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

function encode(status: number, headers: [string, string][], body: Uint8Array): void {
  const measured = { runMs: 0.5, cpuMs: 0.5, heapBytes: 5_000_000, background: false }
  writeAnswer(writer, 1, { status, headers, ...measured }, body)
  writer.drain(() => true)
}

const reader = new MessageReader(LIMITS.bodyBytes)
const TEXT: [string, string][] = [['content-type', 'text/plain;charset=UTF-8']]

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
        'of which: decoding the message (not counted above)': () =>
          reader.push(sent, (message) => void readCall(message)),
        'of which: encoding the message': () => encode(200, TEXT, OK),
      },
      { warmup: 10_000, rounds: 40, runs: 250 },
    ),
  ),
)
