import { expect, test } from 'vitest'
import { bench, ENDLESS, failure, handler, KNOWN_AFTER, makeJob, pidsOf, text, until } from './support.ts'

const HELLO = handler(`return new Response('hello')`)
const WAITS = handler(`console.log('begun'); await new Promise((go) => setTimeout(go, 60_000))`)

test('a process that is killed from outside ends its own calls only', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const victim = failure(on.runner.run(await makeJob(WAITS, { cordon: 'a' })))
  await until(() => on.logs.length === 1)
  const [pid = 0] = pidsOf(on)
  const other = failure(on.runner.run(await makeJob(WAITS, { cordon: 'b' }), giveUp))
  await until(() => on.logs.length === 2)
  process.kill(pid, 'SIGSEGV')
  const error = await victim
  expect(error.code).toBe('sandbox-crashed')
  expect(error.data).toHaveProperty('metrics.cold', true)
  expect(on.runner.load().busy).toBe(1)
  expect(await text(on.runner.run(await makeJob(HELLO, { cordon: 'a' })))).toBe('hello')
  giveUp.abort()
  expect((await other).code).toBe('cancelled')
})

test('a call that did not begin yet in a process that dies is run in another', async () => {
  const on = bench({ cores: 1 })
  // Known to be light, so that others are sent right behind it.
  const fickle = `globalThis.left ??= ${KNOWN_AFTER}; if (globalThis.left === 0) for (;;); globalThis.left -= 1; return new Response('first')`
  const job = await makeJob(handler(fickle), { limits: ENDLESS })
  const light = await makeJob(HELLO)
  for (let i = 0; i < KNOWN_AFTER; i += 1) {
    await on.runner.run(light)
    await on.runner.run(job)
  }
  const [pid = 0] = pidsOf(on)
  const looping = failure(on.runner.run(job))
  const stranded = text(on.runner.run({ ...light, caller: 'other' }))
  expect(on.runner.load()).toMatchObject({ busy: 2, queued: 0 })
  process.kill(pid, 'SIGKILL')
  expect((await looping).code).toBe('sandbox-crashed')
  expect(await stranded).toBe('hello')
})

test('a spare that is killed is not missed', async () => {
  const on = bench()
  await on.runner.start()
  for (const pid of pidsOf(on)) process.kill(pid, 'SIGKILL')
  await until(() => pidsOf(on).length === 0)
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
})
