import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SealTree, type SealPlace, type Services, type WholeAnswer } from '@hither/core'
import { expect, test } from 'vitest'
import { callPair, framesIn, type CallPair } from './helpers/call-pair.ts'
import { settle } from './helpers/call-ends.ts'
import { echo, header, NOTHING, pattern, services, STATE } from './helpers/services.ts'

/** What no clock disturbs: how much is said and made for a call. Whoever makes it dearer has to change a number here, and say why. */

interface Cost {
  writes: number
  frames: number
  bytes: number
}

function costs({ caller, runner }: CallPair): Record<'caller' | 'runner', Cost> {
  const of = (writes: Uint8Array[]): Cost => ({
    writes: writes.length,
    frames: framesIn(writes).length,
    bytes: writes.reduce((sum, { length }) => sum + length, 0),
  })
  return { caller: of(caller.writes), runner: of(runner.writes) }
}

/** What was answered since the runner was new, and is signed when the test says so. */
let signing: PromiseWithResolvers<SealPlace>[] = []

const signed: Services['call'] = async (...args) => {
  const { head, body, trailer } = (await echo(...args)) as WholeAnswer
  const place = Promise.withResolvers<SealPlace>()
  signing.push(place)
  return { ...(head && { head }), body, trailer: { ...trailer, seal: place.promise } }
}

/** After a first call, in which a runner also tells of itself. */
async function warm(): Promise<CallPair> {
  signing = []
  const pair = callPair(services({ call: signed }))
  await pair.calls.call(header(), NOTHING)
  await settle()
  pair.caller.writes.length = 0
  pair.runner.writes.length = 0
  return pair
}

test('a small call is one write each way, of as few frames as say it', async () => {
  const pair = await warm()
  await pair.calls.call(header(), NOTHING)
  await settle()
  const { caller, runner } = costs(pair)
  expect(caller).toMatchObject({ writes: 1, frames: 2 })
  expect(runner).toMatchObject({ writes: 1, frames: 2 })
  expect(caller.bytes).toBeLessThanOrEqual(200)
  expect(runner.bytes).toBeLessThanOrEqual(700)
})

test('a body adds one frame each way, and no write', async () => {
  const pair = await warm()
  await pair.calls.call(header(), pattern(100))
  await settle()
  expect(costs(pair)).toMatchObject({ caller: { writes: 1, frames: 3 }, runner: { writes: 1, frames: 3 } })
})

test('64 calls of one tick are at most two writes each way', async () => {
  const pair = await warm()
  await Promise.all(Array.from({ length: 64 }, () => pair.calls.call(header(), NOTHING)))
  await settle()
  const { caller, runner } = costs(pair)
  // The first goes at once, since nothing is in flight.
  expect(caller).toMatchObject({ writes: 2, frames: 128 })
  expect(runner.frames).toBe(128)
  expect(runner.writes).toBeLessThanOrEqual(2)
})

test('what a runner says of itself is looked up once for all answers that leave together', async () => {
  let looks = 0
  const pair = callPair(services({ state: () => ({ ...STATE, busy: ++looks % 2 }) }))
  await Promise.all(Array.from({ length: 64 }, () => pair.calls.call(header(), NOTHING)))
  await settle()
  expect(looks).toBeLessThanOrEqual(pair.runner.writes.length)
})

test('the signature of what was answered is one frame for all of it, of few bytes for each', async () => {
  const pair = await warm()
  await Promise.all(Array.from({ length: 64 }, () => pair.calls.call(header(), NOTHING)))
  pair.runner.writes.length = 0
  const leaves = signing.map(() => pattern(32))
  const tree = new SealTree(leaves, [], pattern(64))
  for (const [at, { resolve }] of signing.entries()) resolve({ tree, at })
  await settle()
  const { runner } = costs(pair)
  expect(runner).toMatchObject({ writes: 1, frames: 1 })
  // With that of the call before.
  expect(runner.bytes / 65).toBeLessThanOrEqual(40)
})

/** One at a time it is 25,120, 64 at once 20,850: both ends, the test's handler and its receipt. */
const HEAP_MAX_BYTES = { alone: 26_000, together: 21_600 }

test('what a call takes of the heap is bounded', async () => {
  const heap = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']
  // What V8 has not compiled yet takes more: on a busy machine its helper threads may be late with that.
  const flags = [...heap, '--no-concurrent-recompilation', '--conditions=hither-source']
  const script = fileURLToPath(new URL('children/call-heap.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
  const { alone, together } = JSON.parse(stdout) as { alone: number; together: number }
  expect(alone).toBeLessThan(HEAP_MAX_BYTES.alone)
  expect(together).toBeLessThan(HEAP_MAX_BYTES.together)
})
