import { beforeEach, expect, test } from 'vitest'
import type { Blame } from '../../src/host/blame.ts'
import { CPU_SLACK_MS } from '../../src/host/limits.ts'
import { Watch } from '../../src/host/watch.ts'
import { LOAD_CPU_MS } from '../../src/guest/wall/limits.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox, type FakeSandbox } from './fake-sandbox.ts'

let now = 0
let fake: FakeSandbox
let watch: Watch

beforeEach(async () => {
  now = 0
  fake = await fakeSandbox(() => now)
  watch = new Watch(fake.sandbox, () => now)
})

/** Its process burns for so long, and is looked at before and after. Gives who is to blame. */
function burn(ms: number): Blame | undefined {
  watch.look()
  now += ms
  fake.sample.cpuMs += ms
  const verdict = watch.look()
  return verdict !== undefined && 'kill' in verdict ? verdict.kill : undefined
}

test('what a function burns while it loads is not charged to its call', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 100 } })
  expect(burn(2000)).toBeUndefined()
  fake.says(FRAME.loaded, 1)
  expect(ticket.metrics()?.cpuMs).toBe(0)
  expect(burn(100 + CPU_SLACK_MS)).toBeUndefined()
  const blame = burn(1)
  expect(blame?.error.code).toBe('limit-cpu')
  expect(blame?.guilty(ticket)).toBe(true)
})

test('a top level that never ends is blamed as one', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 60_000 } })
  expect(burn(LOAD_CPU_MS + CPU_SLACK_MS)).toBeUndefined()
  const blame = burn(1)
  expect(blame?.error).toMatchObject({ code: 'handler-invalid', why: expect.stringContaining('top level') as string })
  expect(blame?.guilty(ticket)).toBe(true)
})
