import ivm from 'isolated-vm'
import type { Guest, GuestCall } from '../../packages/sandbox/src/child/guest.ts'
import { GET, load, UNHEARD } from './load.ts'

const PIECE = 64 * 1024
const TOTAL = 64 * 1024 * 1024
const ROUNDS = 7
const LIMITS = { cpuMs: 600_000, patience: 1, bodyBytes: 2 * TOTAL }

let calls = 0

/** What the handler makes, piece by piece, read as fast as it comes. */
function out(guest: Guest): void {
  let bytes = 0
  let taken = 0
  const end = { reached: false }
  const call: GuestCall = guest.invoke({ ...GET, id: ++calls }, LIMITS, {
    ...UNHEARD,
    piece(piece) {
      bytes += piece.length
      taken += piece.length
    },
    done: () => void (end.reached = true),
  })
  while (!end.reached) {
    const room = taken
    taken = 0
    if (room === 0) throw new Error('nothing comes')
    call.grant(room)
  }
  if (bytes !== TOTAL) throw new Error(`${bytes} bytes came out`)
}

/** What it is sent, as far as it wants it. */
function into(guest: Guest): void {
  let wanted = 0
  let done = false
  const call: GuestCall = guest.invoke({ ...GET, id: ++calls, method: 'POST', body: 'streams' }, LIMITS, {
    ...UNHEARD,
    want: (more) => void (wanted += more),
    done: () => void (done = true),
  })
  for (let sent = 0; sent < TOTAL; sent += PIECE) {
    if (wanted < PIECE) throw new Error('nothing is wanted')
    wanted -= PIECE
    call.feed(new Uint8Array(PIECE))
  }
  call.finish()
  if (!done) throw new Error('it did not answer')
}

/** The same bytes through the wall, and nothing else. */
function copies(): () => void {
  const isolate = new ivm.Isolate({ memoryLimit: 128 })
  const take = isolate.createContextSync().evalClosureSync('return (buffer) => buffer.byteLength', [], {
    result: { reference: true },
  }) as ivm.Reference<(buffer: ArrayBuffer) => number>
  return () => {
    for (let sent = 0; sent < TOTAL; sent += PIECE) {
      take.applySync(undefined, [new ivm.ExternalCopy(new Uint8Array(PIECE).buffer).copyInto({ release: true })])
    }
  }
}

const maker = (bytes: number): string => `export default () => {
  let left = ${TOTAL / bytes}
  return new Response(new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(${bytes}))
      else controller.close()
    } }))
}`
const big = load(maker(PIECE))
const small = load(maker(1024))
const reader = load(`export default async (request) => {
  for await (const _ of request.body);
  return new Response('ok')
}`)
const candidates: Record<string, () => void> = {
  'copied in, and nothing else': copies(),
  'out, 64 KiB chunks': () => out(big),
  'out, 1 KiB chunks': () => out(small),
  'in, 64 KiB chunks': () => into(reader),
}

const best: Record<string, number> = {}
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(candidates)) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    best[name] = Math.max(best[name] ?? 0, TOTAL / (user + system))
  }
}
console.log(JSON.stringify(best))
