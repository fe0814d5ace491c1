import { expect, test } from 'vitest'
import { bench, burning, ENDLESS, failure, handler, makeJob, pidsOf, text, until } from './support.ts'

test('a cancelled call is rejected at once, and its handler sees the abort', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const job = await makeJob(
    handler(`console.log('begun')
      setTimeout(() => {}, 60_000)
      await new Promise((go) => request.signal.addEventListener('abort', go)); console.log('tidied')`),
  )
  const call = failure(on.runner.run(job, giveUp))
  await until(() => on.logs.length === 1)
  giveUp.abort()
  expect((await call).code).toBe('cancelled')
  await until(() => on.runner.load().busy === 0)
  expect(on.logs.map(({ text: line }) => line)).toEqual(['begun', 'tidied'])
  expect((await on.runner.run(await makeJob(handler(`return new Response('x')`)))).status).toBe(200)
})

test('a signal that times out rejects with timeout', async () => {
  const { runner } = bench()
  const job = await makeJob(handler('await new Promise((go) => setTimeout(go, 60_000))'))
  expect((await failure(runner.run(job, { signal: AbortSignal.timeout(100) }))).code).toBe('timeout')
})

test('a handler that gave back the thread and does not end loses its slot, not its process', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const deaf = await makeJob(handler(`console.log('begun'); await new Promise((go) => setTimeout(go, 60_000))`))
  const call = failure(on.runner.run(deaf, giveUp))
  await until(() => on.logs.length === 1)
  const before = pidsOf(on)
  giveUp.abort()
  await call
  await until(() => on.runner.load().busy === 0)
  expect(pidsOf(on)).toEqual(before)
})

test('a handler that does not give back the thread loses its process', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const call = failure(on.runner.run(await makeJob(handler('for (;;);'), { limits: ENDLESS }), giveUp))
  const [pid] = await burning(on, 1, 500)
  giveUp.abort()
  expect((await call).code).toBe('cancelled')
  await until(() => on.runner.load().busy === 0)
  expect(pidsOf(on)).not.toContain(pid)
  expect(await text(on.runner.run(await makeJob(handler(`return new Response('on')`))))).toBe('on')
})

test('a call that waits for a slot leaves the queue at once', async () => {
  const { runner } = bench({ slots: 1 })
  const holds = new AbortController()
  const giveUp = new AbortController()
  const first = failure(runner.run(await makeJob(handler('await new Promise((go) => setTimeout(go, 60_000))')), holds))
  await until(() => runner.load().busy === 1)
  const second = failure(runner.run(await makeJob(handler(`return new Response('x')`)), giveUp))
  expect(runner.load().queued).toBe(1)
  giveUp.abort()
  const error = await second
  expect(error.code).toBe('cancelled')
  expect(error.data).toBeUndefined()
  expect(runner.load().queued).toBe(0)
  holds.abort()
  await first
})
