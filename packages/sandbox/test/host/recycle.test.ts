import { expect, test } from 'vitest'
import {
  IDLE_MS,
  RECYCLE_CALLS,
  RECYCLE_GROWTH_BYTES,
  WARM_HEAP_MAX_BYTES,
  WARM_PER_PROCESS_MAX,
} from '../../src/host/limits.ts'
import { isSpent } from '../../src/host/pool.ts'
import { Residents } from '../../src/host/residents.ts'
import type { Sandbox } from '../../src/host/sandbox.ts'
import { Ticket } from '../../src/host/ticket.ts'
import { bench, handler, makeJob, pidsOf, text, until } from './support.ts'

const MB = 1024 * 1024

/** An idle process with a base of 50 MB and one function with a heap of 10. */
function idle(state: Partial<Sandbox> = {}): Sandbox {
  const residents = { all: () => [{ heapBytes: 10 * MB }] }
  const process = { baseBytes: 50 * MB }
  return { idle: true, usedMs: 0, served: 1, residents, process, ...state } as unknown as Sandbox
}

test('a process goes when it was idle for long, has served enough, or has grown', () => {
  expect(isSpent(idle(), 60 * MB, 1000)).toBe(false)
  expect(isSpent(idle(), 60 * MB, IDLE_MS + 1)).toBe(true)
  expect(isSpent(idle({ served: RECYCLE_CALLS }), 60 * MB, 1000)).toBe(true)
  expect(isSpent(idle(), 60 * MB + RECYCLE_GROWTH_BYTES + 1, 1000)).toBe(true)
})

test('but never while it runs something', () => {
  expect(isSpent(idle({ idle: false, served: RECYCLE_CALLS }), 10_000 * MB, IDLE_MS + 1)).toBe(false)
})

test('the function that was not called for the longest time makes room, one with calls never', async () => {
  const residents = new Residents(() => 0)
  const tickets: Ticket[] = []
  for (let i = 0; i < WARM_PER_PROCESS_MAX; i += 1) {
    const ticket = new Ticket(await makeJob(handler('', `${i}`)), () => 0)
    tickets.push(ticket)
    const resident = residents.add(ticket)
    residents.begin(resident, ticket, i)
    if (i > 0) residents.end(resident, ticket, i)
  }
  const second = residents.get(tickets[1]?.key ?? '')
  expect(residents.surplus(1)).toEqual([second])
  expect(residents.surplus(0)).toEqual([])
  // What idle ones hold together is too much, however few they are.
  for (const { key } of tickets.slice(1, 3)) {
    const resident = residents.get(key)
    if (resident !== undefined) resident.heapBytes = 0.6 * WARM_HEAP_MAX_BYTES
  }
  expect(residents.surplus(0)).toEqual([second])
})

test('one is full by how many are warm, or by what they hold, while none of them is long forgotten', async () => {
  const residents = new Residents(() => 0)
  const add = async (heapBytes: number): Promise<void> => {
    const resident = residents.add(new Ticket(await makeJob(handler('', `${residents.count}`)), () => 0))
    resident.heapBytes = heapBytes
  }
  await add(0.9 * WARM_HEAP_MAX_BYTES)
  expect(residents.isFull(0)).toBe(false)
  await add(0.05 * WARM_HEAP_MAX_BYTES)
  expect(residents.isFull(0)).toBe(true)
  expect(residents.isFull(IDLE_MS)).toBe(false)
  for (const one of residents.all()) one.heapBytes = 0
  expect(residents.isFull(0)).toBe(false)
  while (residents.count < WARM_PER_PROCESS_MAX) await add(0)
  expect(residents.isFull(0)).toBe(true)
})

test('a process that nobody called for long ends, and the next call starts anew', async () => {
  let skewMs = 0
  const on = bench({}, { now: () => performance.now() + skewMs })
  const job = await makeJob(handler(`return new Response('hello')`))
  await on.runner.run(job)
  const [pid] = pidsOf(on)
  skewMs = IDLE_MS + 1000
  await until(() => !pidsOf(on).includes(pid ?? 0))
  expect(on.runner.warm()).toEqual([])
  expect(await text(on.runner.run(job))).toBe('hello')
})
