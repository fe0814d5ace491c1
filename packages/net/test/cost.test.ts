import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Seal, Services, WholeAnswer } from '@hither/core'
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

/** Signs what was answered when it is told to. */
const signing = Promise.withResolvers<Seal>()

const signed: Services['call'] = async (...args) => {
  const { head, body, trailer } = (await echo(...args)) as WholeAnswer
  return { ...(head && { head }), body, trailer: { ...trailer, seal: signing.promise } }
}

/** After a first call, in which a runner also tells of itself. */
async function warm(): Promise<CallPair> {
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

test('the signatures of what was answered are one frame each, and one write for all', async () => {
  const pair = await warm()
  await Promise.all(Array.from({ length: 64 }, () => pair.calls.call(header(), NOTHING)))
  pair.runner.writes.length = 0
  signing.resolve({
    path: Array.from({ length: 6 }, () => ({ side: 'left', hash: pattern(32) })),
    signature: pattern(64),
  })
  await settle()
  const { runner } = costs(pair)
  // With that of the call before.
  expect(runner).toMatchObject({ writes: 1, frames: 65 })
  expect(runner.bytes / runner.frames).toBeLessThanOrEqual(400)
})

/** One at a time it is 29,300, 64 at once 22,200: both ends, the test's handler and its receipt. From run to run it differs by a part in a hundred. */
const HEAP_MAX_BYTES = 34_500

test('what a call takes of the heap is bounded', async () => {
  const flags = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256', '--conditions=hither-source']
  const script = fileURLToPath(new URL('children/call-heap.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
  const { alone, together } = JSON.parse(stdout) as { alone: number; together: number }
  expect(alone).toBeLessThan(HEAP_MAX_BYTES)
  expect(together).toBeLessThan(HEAP_MAX_BYTES)
})
