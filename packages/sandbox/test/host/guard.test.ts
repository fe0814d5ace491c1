import { beforeEach, expect, test } from 'vitest'
import { Guard } from '../../src/host/guard.ts'
import { BACKGROUND_MAX_MS } from '../../src/guest/wall/limits.ts'
import {
  EXTRA_MEMORY_PART,
  HEAVY_MS,
  IDLE_CPU_MAX_MS,
  MEMORY_SLACK_BYTES,
  NEAR_WATCH_MS,
  SWEEP_MS,
  THROTTLE_MS,
  UNCHARGED_MS,
  WATCH_MS,
} from '../../src/host/limits.ts'
import { Pool } from '../../src/host/pool.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { STARVED_PART } from '../../src/ipc/limits.ts'
import { fakeSandbox, type FakeSandbox } from './fake-sandbox.ts'

const MB = 1024 * 1024
const STARVED_MS = HEAVY_MS / STARVED_PART

let now = 0
let fake: FakeSandbox
let pool: Pool
let guard: Guard
let due: { ms: number; run: () => void }[]
let looked: () => void
let owedMs: number

beforeEach(async () => {
  now = 0
  due = []
  looked = () => undefined
  owedMs = 0
  fake = await fakeSandbox(() => now)
  pool = new Pool(1024)
  pool.add(fake.sandbox)
  guard = new Guard({
    pool,
    weights: fake.weights,
    lent: { cores: 0.5, memoryMb: 1024 },
    now: () => now,
    timers: { after: (ms, run) => (due.push({ ms, run }), () => undefined) },
    onOwed: (_, ms) => (owedMs += ms),
    onChange: () => looked(),
  })
  guard.watch(fake.sandbox)
})

/** It has the thread for so long, of which it gets so much of the processor, and is looked at. */
async function holds(ms: number, cpuMs: number): Promise<void> {
  now += ms
  fake.sample.cpuMs += cpuMs
  const after = new Promise<void>((resolve) => (looked = resolve))
  for (const { run } of due.splice(0)) run()
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

/** Runs what is due after so long, and what follows at once. */
async function elapse(ms: number): Promise<void> {
  now += ms
  const late = due.filter((one) => one.ms === ms)
  due = due.filter((one) => one.ms !== ms)
  for (const { run } of late) run()
  await new Promise((go) => setImmediate(go))
}

test('it is looked again, whatever comes of the change', async () => {
  await fake.call()
  let next: number[] = []
  const after = new Promise<void>((resolve) => {
    looked = () => {
      next = due.map(({ ms }) => ms)
      resolve()
    }
  })
  for (const { run } of due.splice(0)) run()
  await after
  expect(next).toContain(WATCH_MS)
})

test('one that is near its limit of memory is looked at more often, and ended between two looks', async () => {
  const { job } = await fake.call({ limits: { memoryMb: 64 } })
  fake.says(FRAME.loaded, 1)
  const allowed = job.manifest.limits.memoryMb * 1024 * 1024 + MEMORY_SLACK_BYTES
  fake.sample.memoryBytes = allowed / 4
  await holds(20, 0)
  expect(due.map(({ ms }) => ms)).not.toContain(NEAR_WATCH_MS)
  fake.sample.memoryBytes = allowed - 1
  await holds(20, 0)
  expect(due.map(({ ms }) => ms)).toContain(NEAR_WATCH_MS)
  fake.sample.memoryBytes = allowed + 1
  await elapse(NEAR_WATCH_MS)
  expect(fake.sandbox.closed).toBe(true)
})

test('one that burns when nothing of its calls may run any more is ended', async () => {
  await elapse(SWEEP_MS)
  now += BACKGROUND_MAX_MS
  fake.sample.cpuMs += IDLE_CPU_MAX_MS
  await elapse(SWEEP_MS)
  expect(fake.sandbox.closed).toBe(false)
  fake.sample.cpuMs += IDLE_CPU_MAX_MS + 1
  await elapse(SWEEP_MS)
  expect(fake.sandbox.closed).toBe(true)
})

test('one whose last call may still run something is not', async () => {
  await elapse(SWEEP_MS)
  fake.sample.cpuMs += SWEEP_MS
  await elapse(SWEEP_MS)
  expect(fake.sandbox.closed).toBe(false)
})

test('one that burns in the background stands still when the cores lent are used up, and runs again when there is some of them', async () => {
  await elapse(SWEEP_MS)
  let ranMs = 0
  const burn = async (ms: number): Promise<void> => {
    if (!fake.still) {
      fake.sample.cpuMs += ms
      ranMs += ms
    }
    await elapse(ms)
  }
  await burn(SWEEP_MS)
  // What was saved up before is gone by then.
  ranMs = 0
  for (let looks = 0; looks < 10 * (THROTTLE_MS / WATCH_MS); looks += 1) await burn(WATCH_MS)
  expect(ranMs / THROTTLE_MS).toBeCloseTo(10 * 0.5, 0)
  expect(fake.sandbox.closed).toBe(false)
})

test('what a process takes that its calls do not say is owed, be it after their end or before', async () => {
  const liar = await fake.call({ limits: { cpuMs: 60_000 } })
  fake.says(FRAME.loaded, 1)
  await holds(WATCH_MS, 0)
  await holds(1000, 1000)
  // It may still say so.
  expect(owedMs).toBe(0)
  liar.saidCpuMs = 0
  fake.sandbox.over(liar)
  await elapse(WATCH_MS)
  expect(owedMs).toBe(1000 - UNCHARGED_MS)
  fake.sample.cpuMs += 500
  await elapse(SWEEP_MS)
  expect(owedMs).toBe(1500 - UNCHARGED_MS)
})

test('what its calls were charged with is not', async () => {
  const honest = await fake.call({ limits: { cpuMs: 60_000 } })
  fake.says(FRAME.loaded, 1)
  await holds(WATCH_MS, 0)
  await holds(1000, 1000)
  fake.sandbox.arrears.charged(1000)
  fake.sandbox.over(honest)
  await elapse(WATCH_MS)
  fake.sample.cpuMs += UNCHARGED_MS
  await elapse(SWEEP_MS)
  expect(owedMs).toBe(0)
})

test('nor where it ended since its process was last looked at', async () => {
  const honest = await fake.call({ limits: { cpuMs: 60_000 } })
  fake.says(FRAME.loaded, 1)
  await elapse(WATCH_MS)
  // In many short turns, of which nothing is seen.
  fake.says(FRAME.pending, 1)
  fake.sample.cpuMs += 4 * UNCHARGED_MS
  fake.sandbox.arrears.charged(4 * UNCHARGED_MS)
  fake.sandbox.over(honest)
  await elapse(WATCH_MS)
  await elapse(SWEEP_MS)
  expect(owedMs).toBe(0)
})

test('before all hold too much, an extra one takes no more calls, and nothing else happens', async () => {
  const extra = await fakeSandbox(() => now, { extra: true })
  pool.add(extra.sandbox)
  guard.watch(extra.sandbox)
  for (const one of [fake, extra]) await one.call({ limits: { memoryMb: 1024 } })
  fake.sample.memoryBytes = 500 * MB
  extra.sample.memoryBytes = (1024 * EXTRA_MEMORY_PART - 500) * MB
  await elapse(WATCH_MS)
  expect(extra.sandbox.open).toBe(true)
  extra.sample.memoryBytes += MB
  await elapse(WATCH_MS)
  expect(extra.sandbox).toMatchObject({ leaving: true, closed: false })
  expect(fake.sandbox.open).toBe(true)
})

test('where its last call lasts, another one goes a second later', async () => {
  const extra = await Promise.all([1, 2].map(() => fakeSandbox(() => now, { extra: true })))
  for (const { sandbox } of extra) {
    pool.add(sandbox)
    guard.watch(sandbox)
  }
  for (const one of [fake, ...extra]) await one.call({ limits: { memoryMb: 1024 } })
  fake.sample.memoryBytes = (1024 * EXTRA_MEMORY_PART + 1) * MB
  const leaving = (): number => extra.filter(({ sandbox }) => sandbox.leaving).length
  await elapse(WATCH_MS)
  expect(leaving()).toBe(1)
  await elapse(WATCH_MS)
  expect(leaving()).toBe(1)
  await elapse(SWEEP_MS)
  expect(leaving()).toBe(2)
})
