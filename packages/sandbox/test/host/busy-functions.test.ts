import { expect, test } from 'vitest'
import { bench, burning, ENDLESS, failure, handler, KNOWN_AFTER, makeJob, text, until } from './support.ts'

/** More than loading a function burns, in the processes' own time. */
const BURNED_MS = 500

const LOOP = 'for (;;);'
const HELLO = `return new Response('hello')`

test('two busy functions of one publisher burn in two processes, and a light one answers beside them', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const light = await makeJob(handler(HELLO))
  await on.runner.run(light)
  const burners = [
    on.runner.run(await makeJob(handler(LOOP, 'one'), { limits: ENDLESS }), giveUp),
    on.runner.run(await makeJob(handler(LOOP, 'two'), { limits: ENDLESS }), giveUp),
  ].map(failure)
  const [a, b] = await burning(on, 2, BURNED_MS)
  expect(a).not.toBe(b)
  for (let i = 0; i < 20; i += 1) expect(await text(on.runner.run(light))).toBe('hello')
  // The loops have no end of their own, so both burned while the light one answered.
  expect(on.runner.load()).toMatchObject({ busy: 2, queued: 0 })
  giveUp.abort()
  expect((await Promise.all(burners)).map(({ code }) => code)).toEqual(['cancelled', 'cancelled'])
})

test('light calls that came in the same tick as a busy one do not wait for it', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const light = await makeJob(handler(HELLO))
  const busy = await makeJob(handler(LOOP), { limits: ENDLESS })
  const burner = failure(on.runner.run(busy, giveUp))
  const answers = await Promise.all([on.runner.run(light), on.runner.run(light), on.runner.run(light)].map(text))
  expect(answers).toEqual(['hello', 'hello', 'hello'])
  expect(on.runner.load().busy).toBe(1)
  giveUp.abort()
  expect((await burner).code).toBe('cancelled')
})

test('one busy function gets as many processes as there are cores, and no more', async () => {
  const on = bench({ cores: 2 })
  const giveUp = new AbortController()
  const busy = await makeJob(handler(LOOP), { limits: ENDLESS })
  const burners = [1, 2, 3].map(() => failure(on.runner.run(busy, giveUp)))
  await until(() => on.runner.load().busy === 2)
  await burning(on, 2, BURNED_MS)
  expect(on.runner.load()).toMatchObject({ busy: 2, queued: 1 })
  giveUp.abort()
  expect((await Promise.all(burners)).map(({ code }) => code)).toEqual(['cancelled', 'cancelled', 'cancelled'])
})

test('a busy publisher does not keep another from answering', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const burner = failure(on.runner.run(await makeJob(handler(LOOP), { limits: ENDLESS, cordon: 'a' }), giveUp))
  await burning(on, 1, BURNED_MS)
  expect(await text(on.runner.run(await makeJob(handler(HELLO), { cordon: 'b' })))).toBe('hello')
  expect(on.runner.load().busy).toBe(1)
  giveUp.abort()
  expect((await burner).code).toBe('cancelled')
})

test('a handler that turns busy after it waited is noticed too', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const late = `await new Promise((go) => setTimeout(go, 20)); ${LOOP}`
  const burner = failure(on.runner.run(await makeJob(handler(late), { limits: ENDLESS }), giveUp))
  await burning(on, 1, BURNED_MS)
  expect(await text(on.runner.run(await makeJob(handler(HELLO))))).toBe('hello')
  expect(on.runner.load().busy).toBe(1)
  giveUp.abort()
  expect((await burner).code).toBe('cancelled')
})

test('calls behind one that turns out to be busy are taken to another process', async () => {
  const on = bench({ cores: 1 })
  const giveUp = new AbortController()
  // Known to be light, so that others are sent right behind it.
  const fickle = await makeJob(
    handler(`globalThis.left ??= ${KNOWN_AFTER}; if (globalThis.left === 0) ${LOOP} globalThis.left -= 1; ${HELLO}`),
    { limits: ENDLESS },
  )
  const light = await makeJob(handler(HELLO))
  for (let i = 0; i < KNOWN_AFTER; i += 1) {
    await on.runner.run(light)
    await on.runner.run(fickle)
  }
  const burner = failure(on.runner.run(fickle, giveUp))
  // Of others: one caller alone would not send so many ahead.
  const stranded = [on.runner.run({ ...light, caller: 'a' }), on.runner.run({ ...light, caller: 'b' })]
  expect(on.runner.load()).toMatchObject({ busy: 3, queued: 0 })
  expect(await Promise.all(stranded.map(text))).toEqual(['hello', 'hello'])
  expect(on.runner.load()).toMatchObject({ busy: 1, queued: 0 })
  giveUp.abort()
  expect((await burner).code).toBe('cancelled')
})
