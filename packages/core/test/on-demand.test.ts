import { expect, test } from 'vitest'
import { onDemand } from '../src/index.ts'

test('it is loaded once, however many ask', async () => {
  let loads = 0
  const part = onDemand(async () => ++loads)
  expect(loads).toBe(0)
  expect(await Promise.all([part(), part()])).toEqual([1, 1])
  expect(await part()).toBe(1)
})

test('what could not be loaded says what to do, and is tried again', async () => {
  const broken = new Error('Cannot find module')
  const loads = [() => Promise.reject(broken), () => Promise.resolve('there')]
  const part = onDemand<string>(() => loads.shift()?.() ?? Promise.reject(new Error('asked too often')))
  await expect(part()).rejects.toMatchObject({
    code: 'internal',
    why: expect.stringContaining('Cannot find module'),
    fix: expect.stringContaining('start it again'),
    cause: broken,
  })
  expect(await part()).toBe('there')
})
