import { wholeShare, type Share } from '@hither/core'
import { expect, test } from 'vitest'
import { mayGrow } from '../../src/host/growth.ts'
import {
  FULL_PROCESS_MB,
  IDLE_MS,
  PROCESS_MB,
  SWEEP_MS,
  WARM_HEAP_MAX_BYTES,
  WARM_PER_PROCESS_MAX,
} from '../../src/host/limits.ts'
import { Pool } from '../../src/host/pool.ts'
import { Ticket } from '../../src/host/ticket.ts'
import { fakeDispatch, warmed } from './fake-dispatch.ts'
import { fakeSandbox } from './fake-sandbox.ts'
import { bench, handler, makeJob, text } from './support.ts'

const MB = 1024 * 1024
const now = (): number => 0
const CORDON = 'trusted publisher'

/** How many processes are started where a function more is called than one is full of, so long after these were. */
async function started(lent: { cores: number; memoryMb: number }, afterMs = 0): Promise<number> {
  let ms = 0
  const clock = (): number => ms
  const { sandbox } = await warmed(WARM_PER_PROCESS_MAX, 'warm', clock)
  const bare = await fakeSandbox(clock)
  let count = 0
  const dispatch = fakeDispatch(lent, clock, () => {
    count += 1
    return bare.sandbox.process
  })
  dispatch.fleet.pool.add(sandbox)
  ms = afterMs
  const ticket = new Ticket(await makeJob(handler('')), clock)
  ticket.text = handler('')
  dispatch.offer(ticket)
  expect(ticket.sandbox?.isWarm(ticket.key)).toBe(true)
  expect(sandbox.residents.count).toBe(WARM_PER_PROCESS_MAX)
  return count
}

test('what would take the place of a function that is called goes to a process more', async () => {
  expect(await started({ cores: 2, memoryMb: 4096 })).toBe(1)
})

test('where a core or little memory is lent, it takes the place', async () => {
  expect(await started({ cores: 1, memoryMb: 4096 })).toBe(0)
  expect(await started({ cores: 2, memoryMb: 256 })).toBe(0)
})

test('nor does a process start for functions that nobody has called for long', async () => {
  expect(await started({ cores: 2, memoryMb: 4096 }, IDLE_MS)).toBe(0)
})

test('nor where its memory is tight, or one is about to go, or the last that it may have is left', async () => {
  const pool = new Pool(4096)
  const { sandbox } = await warmed(WARM_PER_PROCESS_MAX, 'warm', now)
  pool.add(sandbox)
  const may = (share: Partial<Share> = {}): boolean =>
    mayGrow(pool.of(CORDON), { ...wholeShare('publisher'), ...share }, pool, 4096)
  expect(may()).toBe(true)
  expect(may({ memoryMb: 2 * PROCESS_MB })).toBe(false)
  pool.tight.add(CORDON)
  expect(may()).toBe(false)
  pool.tight.clear()
  const other = await fakeSandbox(now, { cordon: 'trusted other', extra: true })
  await other.call()
  pool.add(other.sandbox)
  other.sandbox.leave()
  expect(may()).toBe(false)
})

test('one that goes when its last call ends, which may take minutes, keeps nobody from growing', async () => {
  let ms = 0
  const pool = new Pool(4096)
  pool.add((await warmed(WARM_PER_PROCESS_MAX, 'warm', now)).sandbox)
  const other = await fakeSandbox(() => ms, { cordon: 'trusted other', extra: true })
  await other.call()
  pool.add(other.sandbox)
  other.sandbox.leave()
  ms = SWEEP_MS
  expect(mayGrow(pool.of(CORDON), wholeShare('publisher'), pool, 4096)).toBe(true)
})

/** May a publisher grow that has this share and one full process, which holds so much, beside so many processes of others? */
async function grows({
  memoryMb = 4096,
  share = {},
  heldMb = 0,
  others = 0,
}: Partial<{ memoryMb: number; share: Partial<Share>; heldMb: number; others: number }>): Promise<boolean> {
  const pool = new Pool(memoryMb)
  const { sandbox } = await warmed(WARM_PER_PROCESS_MAX, 'warm', now)
  for (const one of sandbox.residents.all()) one.heapBytes = (heldMb * MB) / WARM_PER_PROCESS_MAX
  pool.add(sandbox)
  for (let n = 0; n < others; n += 1) {
    pool.add((await fakeSandbox(now, { cordon: `trusted ${n}`, share: wholeShare(`${n}`) })).sandbox)
  }
  return mayGrow(pool.of(CORDON), { ...wholeShare('publisher'), ...share }, pool, memoryMb)
}

test('a publisher grows as far as memory is left over, even when its new process is full', async () => {
  expect(await grows({ memoryMb: 2048, heldMb: 300 })).toBe(true)
  expect(await grows({ memoryMb: FULL_PROCESS_MB + 300, heldMb: 300 })).toBe(false)
})

test('it leaves the last processes to those who have none', async () => {
  const all = 4096 / PROCESS_MB
  expect(await grows({ others: all / 2 })).toBe(true)
  expect(await grows({ others: all - all / 8 - 1 })).toBe(false)
})

test('nor does it grow beyond what its owner lends it', async () => {
  expect(await grows({ share: { functions: WARM_PER_PROCESS_MAX } })).toBe(false)
  expect(await grows({ share: { functions: WARM_PER_PROCESS_MAX + 1 } })).toBe(true)
  const heapMb = WARM_HEAP_MAX_BYTES / MB
  expect(await grows({ share: { memoryMb: heapMb + 300 }, heldMb: 300 })).toBe(false)
  expect(await grows({ share: { memoryMb: 2 * heapMb + 300 }, heldMb: 300 })).toBe(true)
  expect(await grows({ share: { memoryMb: PROCESS_MB } })).toBe(false)
})

test('functions that are called in turn stay warm, more than one process has room for', async () => {
  const { runner } = bench({ cores: 2 })
  const jobs = await Promise.all(
    Array.from({ length: WARM_PER_PROCESS_MAX + 6 }, (_, n) => makeJob(handler(`return new Response('${n}')`))),
  )
  for (const [n, job] of jobs.entries()) expect(await text(runner.run(job))).toBe(`${n}`)
  expect(runner.warm()).toHaveLength(jobs.length)
})
