import { expect, test } from 'vitest'
import { bench, ENDLESS, failure, handler, isAlive, makeJob, pidsOf, text, until } from './support.ts'

test('lets what runs finish, refuses the rest, and leaves no process', async () => {
  const on = bench()
  const job = await makeJob(
    handler(`console.log('begun'); await new Promise((go) => setTimeout(go, 300)); return new Response('done')`),
  )
  const running = text(on.runner.run(job))
  await until(() => on.logs.length === 1)
  const pids = pidsOf(on)
  const stopped = on.runner.stop({ graceMs: 30_000 })
  expect((await failure(on.runner.run(job))).code).toBe('draining')
  expect(await running).toBe('done')
  await stopped
  expect(pids.length).toBeGreaterThan(0)
  expect(pidsOf(on)).toEqual([])
  expect(pids.filter(isAlive)).toEqual([])
})

test('ends what does not finish in time', async () => {
  const on = bench()
  const endless = failure(on.runner.run(await makeJob(handler('for (;;);'), { limits: ENDLESS })))
  await until(() => on.runner.load().busy === 1)
  const pids = pidsOf(on)
  await on.runner.stop({ graceMs: 100 })
  expect((await endless).code).toBe('sandbox-crashed')
  expect(pids.filter(isAlive)).toEqual([])
})

test('refuses what waits in the queue: nothing of it has run', async () => {
  const { runner } = bench({ slots: 1 })
  const waits = await makeJob(handler(`await new Promise((go) => setTimeout(go, 60_000))`))
  const first = failure(runner.run(waits))
  await until(() => runner.load().busy === 1)
  const second = failure(runner.run(waits))
  await runner.stop()
  expect((await second).code).toBe('draining')
  expect((await first).code).toBe('sandbox-crashed')
})

test('what came back from a process that died in the grace is given to no other, and its text asked for no more', async () => {
  const on = bench()
  const job = await makeJob(handler(`console.log('ran')`))
  let asked = 0
  const code = (): string | Promise<string> => {
    asked += 1
    if (asked > 10) throw new Error('asked for without end')
    return asked === 1 ? job.code() : new Promise(() => undefined)
  }
  const call = failure(on.runner.run({ ...job, code }))
  await until(() => on.children.length > 0)
  const stopped = on.runner.stop({ graceMs: 60_000 })
  on.children[0]?.kill('SIGKILL')
  await until(() => on.runner.load().queued === 1)
  const started = on.children.length
  await on.runner.stop()
  await stopped
  expect((await call).code).toBe('draining')
  expect(asked).toBe(2)
  expect(on.children).toHaveLength(started)
  expect(on.runner.load()).toMatchObject({ busy: 0, queued: 0 })
  expect(on.logs).toEqual([])
})

test('stops before it was ever used', async () => {
  const on = bench()
  await on.runner.stop({ graceMs: 1000 })
  expect(on.children).toEqual([])
})
