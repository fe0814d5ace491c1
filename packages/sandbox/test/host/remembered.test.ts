import { cidOf, type Job } from '@hither/core'
import { expect, test } from 'vitest'
import { CODE_CACHE_MIN_CHARS } from '../../src/guest/wall/limits.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox } from './fake-sandbox.ts'
import { bench, makeJob, text } from './support.ts'

const LONG = `var fill = '${'.'.repeat(CODE_CACHE_MIN_CHARS)}', handler = { fetch: () => new Response('ok') };export{handler as default};`

/** Another function with the same code. */
async function variant(job: Job, name: string, code: Job['code']): Promise<Job> {
  return { ...job, cid: await cidOf(new TextEncoder().encode(name), 'raw'), code }
}

test('a process that remembers the code of a function is sent that of another with the same no more', async () => {
  // Of two cores a call that waits for the first process for long may have a second, which remembers nothing.
  const { runner, children } = bench({ cores: 1 })
  await runner.start()
  const job = await makeJob(LONG)
  let asked = 0
  const code: Job['code'] = () => {
    asked += 1
    return job.code()
  }
  for (let before = -1, at = 0; before < asked; at++) {
    before = asked
    expect(await text(runner.run(await variant(job, `variant ${at}`, code)))).toBe('ok')
  }
  expect(asked).toBeGreaterThan(0)
  const others = await Promise.all(
    ['a', 'b', 'c'].map(async (name) =>
      text(runner.run(await variant(job, name, () => Promise.reject(new Error('asked'))))),
    ),
  )
  expect(others).toEqual(['ok', 'ok', 'ok'])
  // The spare one, and that which serves.
  expect(children.length).toBe(2)
})

test('a process that lost a function is sent its code again', async () => {
  const fake = await fakeSandbox(() => 0)
  const { sandbox } = fake
  const ticket = await fake.call()
  const { bundle } = ticket
  expect(sandbox.residents.remembers(bundle)).toBe(false)
  fake.says(FRAME.loaded, 1)
  fake.says(FRAME.remembered, 1)
  expect(sandbox.residents.remembers(bundle)).toBe(true)
  fake.says(FRAME.lost, 1)
  expect(sandbox.residents.remembers(bundle)).toBe(false)
  fake.says(FRAME.remembered, 7)
  expect(sandbox.residents.remembers(bundle)).toBe(false)
})

test('a function that was dropped comes back without its code', async () => {
  const fake = await fakeSandbox(() => 0)
  const { sandbox } = fake
  const ticket = await fake.call()
  fake.says(FRAME.loaded, 1)
  fake.says(FRAME.remembered, 1)
  const resident = sandbox.residents.get(ticket.key)
  if (resident !== undefined) sandbox.unload(resident)
  expect(sandbox.isWarm(ticket.key)).toBe(false)
  expect(sandbox.hasCodeOf(ticket)).toBe(true)
})
