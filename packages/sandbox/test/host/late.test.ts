import { describe, expect, test } from 'vitest'
import { DEADLINES_MS, LEASE_MS, LEASES_MAX } from '../../src/host/limits.ts'
import { leaseFor } from '../../src/host/lease.ts'
import { Deadlines } from '../../src/host/deadlines.ts'
import { sharedNow } from '../../src/ipc/clock.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import type { Ticket } from '../../src/host/ticket.ts'
import { bytesThatCount } from './bodies.ts'
import { fakeSandbox, type FakeSandbox } from './fake-sandbox.ts'
import { bench, failure, handler, makeJob, text, until } from './support.ts'

const LATE = handler(`console.log('late'); return new Response('')`)
const HELLO = handler(`console.log('hello'); return new Response('hello')`)

test('a call whose deadline passes while its process starts never runs', async () => {
  const on = bench()
  const error = await failure(on.runner.run(await makeJob(LATE, { remainingMs: 20 })))
  // Where we stood still for longer than it had, it was not even sent.
  if (error.code !== 'timeout')
    expect(error).toMatchObject({ code: 'busy', message: 'the call has waited for longer than it can' })
  // Its process is at work once this one is answered, and has come past everything that it was sent before.
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
  await until(() => on.runner.load().busy === 0)
  expect(on.logs.map((line) => line.text)).toEqual(['hello'])
  expect(on.children).toHaveLength(2)
})

test('nor one whose deadline passes while its function loads', async () => {
  const on = bench()
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
  // Else it would wait for a place, and be refused in time for another runner.
  await until(() => on.runner.load().busy === 0)
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

/** One whose body streams, behind another of its function. `GET` is what the jobs of tests are. */
async function behindAnother(): Promise<{ fake: FakeSandbox; behind: Ticket; left: () => boolean }> {
  const fake = await fakeSandbox(() => 0)
  await fake.call()
  fake.says(FRAME.loaded, 1)
  const { body, count } = bytesThatCount()
  const behind = await fake.call({ body })
  return { fake, behind, left: () => count.left }
}

test('a call whose body no handler gets may be given back, though the body was left', async () => {
  const { fake, behind, left } = await behindAnother()
  expect(left()).toBe(true)
  expect(fake.sandbox.hasBegun(behind)).toBe(false)
  fake.says(FRAME.pending, 1)
  fake.says(FRAME.returned, behind.callId)
  expect(behind.leases).toBe(1)
  expect([...fake.sandbox.calls.keys()]).toEqual([1])
})

test('and taken back, before it is', async () => {
  const { fake, behind } = await behindAnother()
  fake.sandbox.takeBack(Infinity)
  expect(behind.leases).toBe(1)
  expect([...fake.sandbox.calls.keys()]).toEqual([1])
})

test.each([0, LEASES_MAX])('no lease outlasts the deadline of its call, after %d that ran out', (leases) => {
  const deadlineMs = sharedNow() + LEASE_MS / 2
  expect(leaseFor({ leases, deadlineMs })).toBe(deadlineMs)
  expect(leaseFor({ leases, deadlineMs }, 1000)).toBe(deadlineMs)
})

describe('deadlines', () => {
  interface Timer {
    ms: number
    run: () => void
    off: boolean
  }
  const timers: Timer[] = []
  const over: string[] = []
  const deadlines = (): Deadlines<string> => {
    timers.length = 0
    over.length = 0
    const after = (ms: number, run: () => void): (() => void) => {
      const timer = { ms, run, off: false }
      timers.push(timer)
      return () => (timer.off = true)
    }
    return new Deadlines<string>({ after }, (one) => over.push(one))
  }
  const waiting = (): Timer[] => timers.filter(({ off }) => !off)

  test('share one timer, which is set anew for one that is nearer', () => {
    const made = deadlines()
    for (const name of ['a', 'b']) made.add(name, sharedNow() + 60_000)
    expect(waiting().map(({ ms }) => ms)).toEqual([DEADLINES_MS])
    made.add('near', sharedNow() + DEADLINES_MS / 2)
    expect(waiting()).toHaveLength(1)
    expect(waiting()[0]?.ms).toBeLessThanOrEqual(DEADLINES_MS / 2)
  })

  test('tell who is late, and wait for the others', () => {
    const made = deadlines()
    made.add('late', sharedNow() - 1)
    made.add('other', sharedNow() + 60_000)
    waiting()[0]?.run()
    expect(over).toEqual(['late'])
    expect(timers).toHaveLength(2)
  })

  test('wait for the rest where a timer comes early, and for nothing when all are gone', () => {
    const made = deadlines()
    made.add('a', sharedNow() + 60_000)
    timers[0]?.run()
    expect([over.length, timers.length]).toEqual([0, 2])
    made.delete('a')
    timers[1]?.run()
    expect([over.length, timers.length]).toEqual([0, 2])
  })
})
