import { expect, test } from 'vitest'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox } from './fake-sandbox.ts'
import { bench, burning, ENDLESS, failure, handler, isAlive, makeJob, pidsOf, text, until } from './support.ts'

const WAITS = handler(
  `console.log('begun'); await new Promise((go) => setTimeout(go, 300)); return new Response('done')`,
)
const HELLO = handler(`return new Response('hello')`)

test('an owner who wants the machine ends what runs, and what waits has not run', async () => {
  const on = bench({ slots: 1 })
  const job = await makeJob(handler(`if (request.url.endsWith('on')) for (;;); return new Response()`), {
    limits: ENDLESS,
  })
  await text(on.runner.run(job))
  const running = failure(on.runner.run({ ...job, request: { ...job.request, url: 'http://f.test/on' } }))
  const [pid = 0] = await burning(on, 1, 100)
  const queued = failure(on.runner.run(await makeJob(WAITS)))
  expect(on.runner.load().queued).toBe(1)
  on.runner.interrupt('abort')
  expect(await queued).toMatchObject({ code: 'not-volunteering', retry: 'elsewhere' })
  expect(await running).toMatchObject({ code: 'interrupted', retry: 'repeatable' })
  await until(() => on.runner.load().busy === 0)
  expect(isAlive(pid)).toBe(false)
  expect(on.logs).toEqual([])
})

test('and what goes on after its answer, but not what is only warm', async () => {
  const on = bench()
  const warm = await makeJob(HELLO, { cordon: 'other' })
  await text(on.runner.run(warm))
  const [idle = 0] = pidsOf(on)
  const goesOn = await makeJob(
    handler(`ctx.waitUntil(new Promise(() => setInterval(() => {}, 5))); return new Response('hello')`),
  )
  await text(on.runner.run(goesOn))
  await until(() => on.runner.load().busy === 0)
  expect([on.runner.isWarm(warm.cid), on.runner.isWarm(goesOn.cid)]).toEqual([true, true])
  on.runner.interrupt('abort')
  expect([on.runner.isWarm(warm.cid), on.runner.isWarm(goesOn.cid)]).toEqual([true, false])
  expect(await text(on.runner.run(warm))).toBe('hello')
  expect(isAlive(idle)).toBe(true)
})

test('or lets what runs finish', async () => {
  const on = bench({ slots: 1 })
  const running = text(on.runner.run(await makeJob(WAITS)))
  await until(() => on.logs.length === 1)
  const queued = failure(on.runner.run(await makeJob(WAITS)))
  on.runner.interrupt('finish')
  expect((await queued).code).toBe('not-volunteering')
  expect(await running).toBe('done')
})

test('a call behind another in its process has not begun', async () => {
  const fake = await fakeSandbox(() => 0)
  const first = await fake.call()
  fake.says(FRAME.loaded, 1)
  const behind = await fake.call()
  expect(fake.sandbox.hasBegun(first)).toBe(true)
  expect(fake.sandbox.hasBegun(behind)).toBe(false)
})

test('a call that streams its answer ends with what ended it', async () => {
  const on = bench()
  const source = `const body = new ReadableStream({ pull: (to) => new Promise((go) => setTimeout(() => (to.enqueue(new Uint8Array(9)), go()), 5)) }); return new Response(body)`
  const { body } = await on.runner.run(await makeJob(handler(source)))
  const broken = (async () => {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      if (piece.length > 0) on.runner.interrupt('abort')
    }
  })()
  expect((await failure(broken)).code).toBe('interrupted')
})

test('takes calls again after it was interrupted, and after it was stopped', async () => {
  const on = bench()
  await on.runner.start()
  on.runner.interrupt('abort')
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
  await on.runner.stop()
  expect(pidsOf(on)).toEqual([])
  expect((await failure(on.runner.run(await makeJob(HELLO)))).code).toBe('draining')
  await on.runner.start()
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
})
