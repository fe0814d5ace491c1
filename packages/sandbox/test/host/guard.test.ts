import { beforeEach, expect, test } from 'vitest'
import { Guard } from '../../src/host/guard.ts'
import { HEAVY_MS, STARVED_PART } from '../../src/host/limits.ts'
import { Pool } from '../../src/host/pool.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox, type FakeSandbox } from './fake-sandbox.ts'

const STARVED_MS = HEAVY_MS / STARVED_PART

let now = 0
let fake: FakeSandbox
let pool: Pool
let due: (() => void)[]
let looked: () => void

beforeEach(async () => {
  now = 0
  due = []
  looked = () => undefined
  fake = await fakeSandbox(() => now)
  pool = new Pool(1024)
  pool.add(fake.sandbox)
  const guard = new Guard({
    pool,
    weights: fake.weights,
    memoryMb: 1024,
    now: () => now,
    timers: { after: (_, run) => (due.push(run), () => undefined) },
    onChange: () => looked(),
  })
  guard.watch(fake.sandbox)
})

/** It has the thread for so long, of which it gets so much of the processor, and is looked at. */
async function holds(ms: number, cpuMs: number): Promise<void> {
  now += ms
  fake.sample.cpuMs += cpuMs
  const after = new Promise<void>((resolve) => (looked = resolve))
  for (const run of due.splice(0)) run()
  await after
}

test('a process that gets no processor time loses what waits in it, and is not taken for one that burns', async () => {
  const { key } = await fake.call()
  fake.says(FRAME.loaded, 1)
  await holds(0, 0)
  await holds(STARVED_MS + 1, 0)
  expect(fake.sandbox).toMatchObject({ lane: 'heavy', uncertain: true, burning: false })
  expect(pool.burning).toBe(0)
  expect(fake.weights.weigh(key)).toBe('unknown')
})

test('once it gets some and uses it up, it burns, until its turn is over', async () => {
  const { key } = await fake.call()
  fake.says(FRAME.loaded, 1)
  await holds(0, 0)
  await holds(STARVED_MS + 1, 0)
  await holds(HEAVY_MS + 1, HEAVY_MS + 1)
  expect(pool.burning).toBe(1)
  expect(fake.weights.weigh(key)).toBe('heavy')
  fake.says(FRAME.pending, 1)
  expect(pool.burning).toBe(0)
})
