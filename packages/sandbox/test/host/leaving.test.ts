import { expect, test } from 'vitest'
import { isSpent } from '../../src/host/pool.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox } from './fake-sandbox.ts'

const now = (): number => 0

test('a process that leaves ends with its last call', async () => {
  const fake = await fakeSandbox(now, { extra: true })
  const { sandbox } = fake
  const { callId } = await fake.call()
  fake.says(FRAME.loaded, 1)
  sandbox.leave()
  expect(sandbox.closed).toBe(false)
  fake.answers(callId)
  expect(sandbox.closed).toBe(true)
})

test('where one goes on behind its answer, it ends when that is over', async () => {
  const fake = await fakeSandbox(now, { extra: true })
  const { sandbox } = fake
  const { callId } = await fake.call()
  fake.says(FRAME.loaded, 1)
  sandbox.leave()
  fake.answers(callId, { background: true })
  expect([sandbox.closed, isSpent(sandbox, 0, 0)]).toEqual([false, false])
  fake.says(FRAME.over, callId)
  expect(isSpent(sandbox, 0, 0)).toBe(true)
})

test('so it does where it is told to leave only then', async () => {
  const fake = await fakeSandbox(now, { extra: true })
  const { sandbox } = fake
  const { callId } = await fake.call()
  fake.says(FRAME.loaded, 1)
  fake.answers(callId, { background: true })
  sandbox.leave()
  expect(sandbox.closed).toBe(false)
})
