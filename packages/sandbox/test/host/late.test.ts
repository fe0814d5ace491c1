import { expect, test } from 'vitest'
import { LEASE_MS, LEASES_MAX } from '../../src/host/limits.ts'
import { leaseFor } from '../../src/host/lease.ts'
import { notBefore } from '../../src/host/timers.ts'
import { sharedNow } from '../../src/ipc/clock.ts'
import { bench, failure, handler, makeJob, text, until } from './support.ts'

const LATE = handler(`console.log('late'); return new Response('')`)
const HELLO = handler(`console.log('hello'); return new Response('hello')`)

test('a call whose deadline passes while its process starts never runs', async () => {
  const on = bench()
  const error = await failure(on.runner.run(await makeJob(LATE, { remainingMs: 20 })))
  expect(error.code).toBe('timeout')
  // Its process is at work once this one is answered, and has come past everything that it was sent before.
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
  await until(() => on.runner.load().busy === 0)
  expect(on.logs.map((line) => line.text)).toEqual(['hello'])
  expect(on.children).toHaveLength(2)
})

test('nor one whose deadline passes while its function loads', async () => {
  const on = bench()
  await on.runner.run(await makeJob(HELLO))
  const slow = `await new Promise((go) => setTimeout(go, 400)); console.log('loaded'); ${LATE}`
  expect((await failure(on.runner.run(await makeJob(slow, { remainingMs: 100 })))).code).toBe('timeout')
  // Where it was loaded it is warm, and one call comes after the other.
  await on.runner.run(await makeJob(slow))
  expect(on.logs.map((line) => line.text)).toEqual(['hello', 'loaded', 'late'])
})

test('a call that finds no slot in half of its time is refused while there is time for another runner, and has not run', async () => {
  const { runner, logs } = bench({ slots: 1, queue: 1 })
  const leave = new AbortController()
  const holds = failure(
    runner.run(await makeJob(handler(`await new Promise((go) => setTimeout(go, 60_000))`)), { signal: leave.signal }),
  )
  await until(() => runner.load().busy === 1)
  const error = await failure(runner.run(await makeJob(LATE, { remainingMs: 1000 })))
  expect(error).toMatchObject({ code: 'busy', message: 'no slot of the runner became free in time' })
  leave.abort()
  await holds
  await until(() => runner.load().busy === 0)
  expect(logs).toEqual([])
})

test.each([0, LEASES_MAX])('no lease outlasts the deadline of its call, after %d that ran out', (leases) => {
  const deadlineMs = sharedNow() + LEASE_MS / 2
  expect(leaseFor({ leases, deadlineMs })).toBe(deadlineMs)
  expect(leaseFor({ leases, deadlineMs }, 1000)).toBe(deadlineMs)
})

test('a timer that comes early waits for the rest', () => {
  const runs: (() => void)[] = []
  let ended = 0
  const timers = { after: (_: number, run: () => void) => (runs.push(run), () => undefined) }
  notBefore(timers, sharedNow() + 60_000, () => (ended += 1))
  runs.shift()?.()
  expect([ended, runs.length]).toEqual([0, 1])
  notBefore(timers, sharedNow(), () => (ended += 1))
  runs.at(-1)?.()
  expect(ended).toBe(1)
})
