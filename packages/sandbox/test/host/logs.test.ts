import { expect, test } from 'vitest'
import {
  LOG_CALL_MAX_BYTES,
  LOG_CALL_MAX_LINES,
  LOG_LINE_MAX_CHARS,
  LOG_SECOND_MAX_LINES,
} from '../../src/ipc/limits.ts'
import { logAll } from '../../src/host/log-all.ts'
import { LOG_ALL_MAX_LINES } from '../../src/host/limits.ts'
import { LogBudget } from '../../src/ipc/log-budget.ts'
import { bench, handler, makeJob } from './support.ts'

test('lines come with their function and level, in order', async () => {
  const on = bench()
  const job = await makeJob(
    handler(`console.log('a', 1); console.warn('b'); console.error('c'); console.debug('d'); return new Response('x')`),
  )
  await on.runner.run(job)
  expect(on.logs.map(({ level, text }) => [level, text])).toEqual([
    ['info', 'a 1'],
    ['warn', 'b'],
    ['error', 'c'],
    ['debug', 'd'],
  ])
  expect(on.logs[0]?.cid.toString()).toBe(job.cid.toString())
})

test('a flood is cut to the budget of one call, and said to be', async () => {
  const on = bench()
  await on.runner.run(
    await makeJob(
      handler(`for (let i = 0; i < 20_000; i += 1) console.log('x'.repeat(10_000)); return new Response('x')`),
    ),
  )
  const bytes = on.logs.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  expect(bytes).toBeLessThanOrEqual(LOG_CALL_MAX_BYTES + LOG_LINE_MAX_CHARS)
  expect(on.logs.length).toBeLessThanOrEqual(LOG_CALL_MAX_LINES + 1)
  expect(on.logs.at(-1)).toMatchObject({ level: 'warn', text: expect.stringMatching(/dropped|truncated/) })
})

test('many calls together have no more than a second allows', () => {
  let now = 0
  const budget = new LogBudget(() => now)
  let written = 0
  for (let call = 0; call < 50; call += 1) {
    budget.begin(1)
    for (let line = 0; line < 100; line += 1) if (budget.take(10)) written += 1
  }
  expect(written).toBe(LOG_SECOND_MAX_LINES)
  now = 1000
  budget.begin(1)
  expect(budget.take(10)).toBe(true)
})

test('all functions together have no more than four of them, and it is said once that lines are dropped', async () => {
  const { cid } = await makeJob('')
  let now = 0
  const written: string[] = []
  const log = logAll(
    ({ text }) => void written.push(text),
    () => now,
  )
  for (let line = 0; line < 2 * LOG_ALL_MAX_LINES; line += 1) log({ cid, level: 'info', text: 'x' })
  expect(written).toHaveLength(LOG_ALL_MAX_LINES + 1)
  expect(written.at(-1)).toContain('dropped')
  now = 1000
  log({ cid, level: 'info', text: 'next' })
  expect(written.at(-1)).toBe('next')
})

test('what a call leaves of its budget is not saved up for the next', () => {
  let now = 0
  const budget = new LogBudget(() => now)
  for (let call = 0; call < 10; call += 1) budget.begin(1)
  let written = 0
  for (let line = 0; line < 2 * LOG_CALL_MAX_LINES; line += 1) {
    now += 10
    if (budget.take(1)) written += 1
  }
  expect(written).toBe(LOG_CALL_MAX_LINES)
})
