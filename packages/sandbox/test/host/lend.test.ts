import { expect, test } from 'vitest'
import { bench, ENDLESS, failure, handler, makeJob, pidsOf, text, until } from './support.ts'

const HELLO = handler(`return new Response('hello')`)

test('lends fewer slots and more again while it runs', async () => {
  const { runner } = bench({ cores: 2 })
  expect(runner.load().slots).toBe(64)
  runner.lend({ cores: 1 })
  expect(runner.load().slots).toBe(32)
  runner.lend({ cores: 3 })
  expect(runner.load().slots).toBe(96)
})

test('a function that takes more memory than is lent now is not run', async () => {
  const { runner } = bench({ memoryMb: 512 })
  const large = (): ReturnType<typeof makeJob> => makeJob(HELLO, { limits: { memoryMb: 256 } })
  expect(await text(runner.run(await large()))).toBe('hello')
  runner.lend({ cores: 2, memoryMb: 128 })
  expect((await failure(runner.run(await large()))).code).toBe('unsupported')
  runner.lend({ cores: 2, memoryMb: 512 })
  expect(await text(runner.run(await large()))).toBe('hello')
})

test('processes that are too many for what is lent now end, unless calls run in them', async () => {
  const on = bench({ memoryMb: 640 })
  for (const cordon of ['a', 'b', 'c']) {
    const job = await makeJob(HELLO)
    job.cordon = cordon
    await text(on.runner.run(job))
  }
  const endless = await makeJob(handler('for (;;);'), { limits: ENDLESS })
  const running = failure(on.runner.run(endless))
  await until(() => on.runner.load().busy === 1)
  const before = pidsOf(on).length
  on.runner.lend({ cores: 2, memoryMb: 128 })
  // Four cordons have one each, of which two may stay; the spare is nobody's.
  await until(() => pidsOf(on).length === before - 2)
  expect(on.runner.load().busy).toBe(1)
  on.runner.interrupt('abort')
  await running
})
