import { expect, test } from 'vitest'
import { budget } from '../src/budget.ts'
import { RETRIES_FREE } from '../src/limits/copies.ts'

test('a few further tries are free, then they are a tenth of the calls', () => {
  const it = budget()
  for (let i = 0; i < RETRIES_FREE; i++) {
    expect(it.mayRetry(0)).toBe(true)
    it.count('retries', 0)
  }
  expect(it.mayRetry(0)).toBe(false)
  it.count('calls', 0, 100)
  let more = 0
  for (; it.mayRetry(0); more++) it.count('retries', 0)
  expect(more).toBe(10)
})

test('calls that a broken link took with it may go elsewhere, all of them, and are not counted', () => {
  const it = budget()
  for (let i = 0; i < RETRIES_FREE; i++) it.count('retries', 0)
  it.count('freed', 0, 600)
  for (let i = 0; i < 600; i++) {
    expect(it.mayRetry(0)).toBe(true)
    it.count('retries', 0)
  }
  expect(it.mayRetry(0)).toBe(false)
})

test('second copies are one in twenty, and none where calls are refused or fail', () => {
  const calm = budget()
  calm.count('calls', 0, 100)
  let copies = 0
  for (; calm.mayHedge(0); copies++) calm.count('hedges', 0)
  expect(copies).toBe(5)
  const loaded = budget()
  loaded.count('calls', 0, 100)
  loaded.count('refusals', 0, 20)
  expect(loaded.mayHedge(0)).toBe(false)
  const broken = budget()
  broken.count('calls', 0, 100)
  broken.count('failures', 0, 20)
  expect(broken.mayHedge(0)).toBe(false)
})

test('what was long ago counts no more', () => {
  const it = budget()
  it.count('calls', 0, 100)
  it.count('refusals', 0, 20)
  for (let i = 0; i < 100; i++) it.count('retries', 0)
  expect(it.mayRetry(0)).toBe(false)
  expect(it.mayRetry(60_000)).toBe(true)
  it.count('calls', 60_000, 20)
  expect(it.mayHedge(60_000)).toBe(true)
})
