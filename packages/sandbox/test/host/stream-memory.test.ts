import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isWhole } from '@hither/core'
import { expect, test } from 'vitest'
import { bench, handler, makeJob, pidsOf, type Bench } from './support.ts'

const MB: number = 1024 * 1024

/** What flows. */
const FLOW_BYTES: number = 400 * MB

/** What this process may keep alive of it: far more than what is on its way. */
const GROWTH_MAX_BYTES: number = 16 * MB

/**
 * All that a sandbox process may come to, half of what flows: 75 MB of its own, and some 80 that V8 lets lie before it collects. How
 * much it grows says little, for how much it has at first depends on how it was started.
 */
const PROCESS_MAX_BYTES: number = FLOW_BYTES / 2

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024
}

async function* pieces(totalBytes: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < totalBytes; at += MB) yield new Uint8Array(MB).fill(at)
}

/** What each process holds, in bytes, by its id: the children all that they have, the parent what it keeps alive. */
function held(on: Bench): Map<number, number> {
  // V8 frees buffers in the background, and has them done when it collects again.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return new Map([
    [process.pid, heapUsed + arrayBuffers],
    ...pidsOf(on).map((pid): [number, number] => [pid, residentBytes(pid)]),
  ])
}

test('as much as flows through a call, neither process holds it', async () => {
  const on = bench({ cores: 1 })
  const job = await makeJob(handler('return new Response(request.body)'), {
    body: pieces(MB),
    limits: { memoryMb: 64 },
  })
  job.request.method = 'POST'
  const first = await on.runner.run(job)
  for await (const piece of isWhole(first.body) ? [] : first.body) expect(piece.length).toBeGreaterThan(0)
  const before = held(on)

  const most = new Map(before)
  let bytes = 0
  const { body } = await on.runner.run({ ...job, body: pieces(FLOW_BYTES) })
  for await (const piece of isWhole(body) ? [] : body) {
    bytes += piece.length
    if (bytes % (10 * MB) > piece.length) continue
    for (const [pid, now] of held(on)) most.set(pid, Math.max(most.get(pid) ?? 0, now))
  }
  expect(bytes).toBe(FLOW_BYTES)
  // This process and the one that runs the call; a spare that starts meanwhile only begins to hold anything.
  expect(before.size).toBeGreaterThanOrEqual(2)
  for (const [pid, then] of before) {
    const mostBytes = pid === process.pid ? then + GROWTH_MAX_BYTES : PROCESS_MAX_BYTES
    expect(most.get(pid)).toBeLessThan(mostBytes)
  }
})
