import { setTimeout as pause } from 'node:timers/promises'
import { toHitherError, type HitherError, type Job, type Share } from '@hither/core'
import { expect, test } from 'vitest'
import { TEXTS_MAX, YIELD_GRACE_MS } from '../../src/host/limits.ts'
import { gated } from './bodies.ts'
import { bench, ENDLESS, failure, handler, makeJob, text, until, whole } from './support.ts'

const WAITS = handler(`await new Promise((go) => setTimeout(go, 60_000))`)
/** Work, and not a time: a process that gets little of a core would be taken to burn little. `times` 1e9 are a second or so. */
function works(times: number): string {
  return handler(`let n = 0; for (let i = 0; i < ${times}; i += 1) n = (n + i) | 0; return new Response(String(n))`)
}
const HELLO = handler(`return new Response('hello')`)

test('refuses as busy what finds no slot and no place in the queue, and says when to try again', async () => {
  const { runner } = bench({ slots: 1, queue: 1 })
  const giveUp = new AbortController()
  const waits = await makeJob(WAITS)
  const first = failure(runner.run(waits, giveUp))
  await until(() => runner.load().busy === 1)
  const second = failure(runner.run(waits, giveUp))
  const error = await failure(runner.run(waits, giveUp))
  expect(error.code).toBe('busy')
  expect(error.data?.['retryAfterMs']).toBeGreaterThan(0)
  expect(runner.load()).toMatchObject({ slots: 1, busy: 1, queued: 1 })
  giveUp.abort()
  await Promise.all([first, second])
})

test('who has nobody else to go to waits in line where others are refused, and for no longer than it says', async () => {
  const { runner } = bench({ slots: 1, queue: 1 })
  const giveUp = new AbortController()
  const holds = failure(runner.run(await makeJob(WAITS), giveUp))
  await until(() => runner.load().busy === 1)
  const [hello, order]: [Job, number[]] = [await makeJob(HELLO), []]
  const patient = [0, 1, 2, 3].map(async (at) => {
    await whole(runner.run({ ...hello, waitMs: Infinity }))
    order.push(at)
  })
  const hasty = await failure(runner.run(hello))
  const waited = await failure(runner.run({ ...hello, waitMs: 30 }))
  expect([hasty, waited]).toMatchObject([{ code: 'busy' }, { code: 'busy', message: /no slot .* in time/ }])
  expect(runner.load()).toMatchObject({ busy: 1, queued: 4 })
  giveUp.abort()
  await Promise.all([holds, ...patient])
  expect(order).toEqual([0, 1, 2, 3])
})

test('calls of others find as many places as ever where those wait who have nobody else to go to, and push none of these out', async () => {
  const { runner } = bench({ slots: 1, queue: 2 })
  const giveUp = new AbortController()
  const holds = failure(runner.run(await makeJob(WAITS), giveUp))
  await until(() => runner.load().busy === 1)
  const hello = await makeJob(HELLO)
  const patient = Array.from({ length: 20 }, () => whole(runner.run({ ...hello, waitMs: Infinity })))
  const others = Array.from({ length: 5 }, async () => whole(runner.run({ ...hello, caller: 'another' })))
  const outcomes = Promise.allSettled(others)
  expect(runner.load().queued).toBe(22)
  giveUp.abort()
  await Promise.all([holds, ...patient])
  const refused = (await outcomes).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused.map((error) => toHitherError(error).code)).toEqual(['busy', 'busy', 'busy'])
})

test('a flood of calls that find no place costs those that wait nothing, not even a look at them', async () => {
  const { runner } = bench({ cores: 1, slots: 8, queue: 1 })
  const giveUp = new AbortController()
  const burns = await makeJob(handler('for (;;);'), { limits: ENDLESS })
  const first = failure(runner.run(burns, giveUp))
  await until(() => runner.load().cores.burning === 1)
  let looks = 0
  const share = (): Share => {
    looks += 1
    return burns.share()
  }
  const second = failure(runner.run({ ...burns, share }, giveUp))
  await until(() => runner.load().cores.waiting === 1)
  const before = looks
  const flood = Array.from({ length: 50 }, () => failure(runner.run(burns)))
  // Nothing else has happened yet: all of them ran as far as they do in this very turn.
  expect(looks).toBe(before)
  const errors = await Promise.all(flood)
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['busy']))
  expect(Math.min(...errors.map(({ data }) => Number(data?.['retryAfterMs'])))).toBeGreaterThan(0)
  giveUp.abort()
  await Promise.all([first, second])
})

test('a publisher that fills the queue makes room for another that has nothing there', async () => {
  const { runner } = bench({ slots: 1, queue: 2 })
  const giveUp = new AbortController()
  const greedy = await makeJob(WAITS, { cordon: 'greedy' })
  const first = failure(runner.run(greedy, giveUp))
  await until(() => runner.load().busy === 1)
  const second = failure(runner.run(greedy, giveUp))
  const third = failure(runner.run(greedy, giveUp))
  const modest = text(runner.run(await makeJob(HELLO, { cordon: 'modest' })))
  expect((await third).code).toBe('busy')
  // Both that are left wait; the slot goes to the publisher that has none yet.
  expect(runner.load()).toMatchObject({ busy: 1, queued: 2 })
  giveUp.abort()
  expect(await modest).toBe('hello')
  expect((await first).code).toBe('cancelled')
  expect((await second).code).toBe('cancelled')
})

test('a burst of calls of a function that is not here yet fills the slots, and none is refused', async () => {
  const { runner } = bench({ slots: 32, queue: 4 })
  const job = await makeJob(HELLO)
  const answers = await Promise.all(Array.from({ length: 32 }, () => text(runner.run(job))))
  expect(new Set(answers)).toEqual(new Set(['hello']))
})

test('counts the time that a call waited', async () => {
  const { runner } = bench({ slots: 1 })
  const gate = gated()
  const waits = await makeJob(handler(`return new Response(await request.text())`), { body: gate.body })
  waits.request.method = 'POST'
  const hello = await makeJob(HELLO)
  await runner.run(hello)
  const first = runner.run(waits)
  await until(() => runner.load().busy === 1)
  const second = whole(runner.run(hello))
  await pause(150)
  gate.end()
  const { metrics } = await second
  await first
  expect(metrics.queueMs).toBeGreaterThan(100)
  expect(metrics.startMs).toBe(0)
})

test('a publisher whose calls all wait for something leaves slots to others', async () => {
  const { runner } = bench({ slots: 64 })
  const giveUp = new AbortController()
  const greedy = await makeJob(WAITS, { cordon: 'greedy' })
  const calls = Array.from({ length: 70 }, () => failure(runner.run(greedy, giveUp)))
  // Seven in eight of what there is for a publisher, and of that for a caller.
  await until(() => runner.load().busy === 49)
  expect(runner.load().queued).toBe(21)
  expect(await text(runner.run(await makeJob(HELLO, { cordon: 'greedy', caller: 'modest' })))).toBe('hello')
  for (const cordon of ['modest', 'another']) {
    expect(await text(runner.run(await makeJob(HELLO, { cordon })))).toBe('hello')
  }
  giveUp.abort()
  expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set(['cancelled']))
})

test('refuses at once who finds every process at work for others', async () => {
  // Room for two processes.
  const { runner } = bench({ memoryMb: 128 })
  const giveUp = new AbortController()
  const limits = { memoryMb: 64 }
  const jobs = await Promise.all(['a', 'b'].map((cordon) => makeJob(WAITS, { cordon, limits })))
  const waiting = jobs.map((job) => failure(runner.run(job, giveUp)))
  await until(() => runner.load().busy === 2)
  const crowdedOut = await failure(runner.run(await makeJob(HELLO, { cordon: 'c', limits })))
  expect(crowdedOut.code).toBe('busy')
  expect(crowdedOut.data?.['retryAfterMs']).toBeGreaterThan(0)
  // Those who have a process share it.
  expect(await text(runner.run(await makeJob(HELLO, { cordon: 'a', limits })))).toBe('hello')
  expect(runner.load()).toMatchObject({ busy: 2, queued: 0 })
  giveUp.abort()
  expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual(['cancelled', 'cancelled'])
})

test('asks for few bundles at once, however many functions are called that are not here', async () => {
  const { runner } = bench({ slots: 64, queue: 64 })
  const gate = Promise.withResolvers<void>()
  let asked = 0
  const jobs = await Promise.all(
    Array.from({ length: 3 * TEXTS_MAX }, async (_, i) => {
      const job = await makeJob(handler(`return new Response('${i}')`))
      const code = async (): Promise<string> => {
        asked += 1
        await gate.promise
        return job.code()
      }
      return { ...job, code }
    }),
  )
  const answers = Promise.all(jobs.map((job) => text(runner.run(job))))
  // All of one publisher: the other half is for others.
  expect(asked).toBe(TEXTS_MAX / 2)
  gate.resolve()
  expect(await answers).toEqual(jobs.map((_, i) => String(i)))
})

test('a bundle that does not come holds nobody up for longer than its own call', async () => {
  const { runner } = bench({ slots: 64, queue: 64 })
  const giveUp = new AbortController()
  const never = (): Promise<string> => new Promise(() => undefined)
  const stuck = await Promise.all(
    Array.from({ length: TEXTS_MAX }, async (_, i) => ({ ...(await makeJob(handler(`return ${i}`))), code: never })),
  )
  const failures = stuck.map((job) => failure(runner.run(job, giveUp)))
  const hello = text(runner.run(await makeJob(HELLO, { cordon: 'other' })))
  giveUp.abort()
  expect(await hello).toBe('hello')
  expect((await Promise.all(failures)).map(({ code }) => code)).toEqual(stuck.map(() => 'cancelled'))
})

test('nor where its own call was refused before it came', async () => {
  const { runner } = bench({ slots: 64, queue: 64 })
  const never = (): Promise<string> => new Promise(() => undefined)
  const stuck = await Promise.all(
    Array.from({ length: TEXTS_MAX }, (_, i) => makeJob(handler(`return ${i}`), { remainingMs: 400 })),
  )
  const failures = stuck.map((job) => failure(runner.run({ ...job, code: never })))
  const hello = text(runner.run(await makeJob(HELLO, { cordon: 'other', remainingMs: 20_000 })))
  expect((await Promise.all(failures)).map(({ code }) => code)).toEqual(stuck.map(() => 'busy'))
  expect(await hello).toBe('hello')
})

test('a call that burns and could not begin in its time is refused at once, and told when it could', async () => {
  const { runner } = bench({ cores: 1, slots: 8, queue: 8 })
  const job = await makeJob(works(3e8), { limits: ENDLESS })
  const { metrics } = await whole(runner.run(job))
  const first = [1, 2, 3].map(() => text(runner.run(job)))
  const remainingMs = metrics.cpuMs / 2
  const error = await failure(runner.run({ ...job, remainingMs }))
  expect(error).toMatchObject({ code: 'busy', message: 'the call would wait for longer than it has' })
  expect(error.data?.['retryAfterMs']).toBeGreaterThan(remainingMs)
  await Promise.all(first)
})

test('a call that came with just the time that it takes is not refused for the moment that it waited', async () => {
  const { runner } = bench({ cores: 1 })
  const job = await makeJob(
    handler(`const end = performance.now() + 100; while (performance.now() < end); return new Response('')`),
  )
  const { metrics } = await whole(runner.run(job))
  const ended = await whole(runner.run({ ...job, remainingMs: metrics.cpuMs })).catch(toHitherError)
  // Whether it ends in its time is the machine's affair.
  expect(ended).not.toMatchObject({ code: 'busy' })
})

test('a call that has waited until too little time is left for it does not begin', async () => {
  const { runner } = bench({ cores: 1, slots: 8, queue: 8 })
  const job = await makeJob(works(1e9), { limits: ENDLESS })
  const holds = await makeJob(handler('for (;;);'), { limits: ENDLESS })
  const {
    metrics: { cpuMs },
  } = await whole(runner.run(job))
  const late = async (): Promise<HitherError> => {
    const giveUp = new AbortController()
    const holder = failure(runner.run(holds, giveUp))
    await until(() => runner.load().cores.burning === 1)
    const call = failure(runner.run({ ...job, remainingMs: cpuMs + 1000 }))
    // The core is free again when too little is left, but not nothing: it is taken to burn at least two fifths of what it did.
    setTimeout(() => giveUp.abort(), 0.7 * cpuMs + 1000 - YIELD_GRACE_MS)
    const error = await call
    await holder
    await until(() => runner.load().busy === 0)
    return error
  }
  let error = await late()
  // On a busy machine nothing may be left by then.
  for (let tries = 1; error.code === 'timeout' && error.data?.['metrics'] === undefined && tries < 5; tries += 1)
    error = await late()
  expect(error).toMatchObject({
    code: 'busy',
    retry: 'elsewhere',
    message: 'the call has waited for longer than it can',
  })
  expect(error.data?.['metrics']).toBeUndefined()
})

test('what a publisher’s own bound keeps waiting takes no slots from the others', async () => {
  const { runner } = bench({ cores: 2, slots: 16, queue: 64 })
  const light = handler(`const end = performance.now() + 8; while (performance.now() < end); return new Response('')`)
  const job = await makeJob(light, { share: { cores: 1 } })
  await runner.run(job)
  const until2s = performance.now() + 2000
  const slots = new Set<number>()
  const callAgain = async (): Promise<void> => {
    while (performance.now() < until2s) {
      await runner.run(job)
      slots.add(runner.load().slots)
    }
  }
  await Promise.all(Array.from({ length: 12 }, callAgain))
  expect([...slots]).toEqual([16])
})
