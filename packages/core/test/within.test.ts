import { setImmediate as nextTurn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { expect, onTestFinished, test, vi } from 'vitest'
import { within } from '../src/index.ts'

const LONG_MS = 60_000

test('it ends with the signal given, and for its reason', () => {
  const control = new AbortController()
  using ends = within(LONG_MS, control.signal)
  expect(ends.signal.aborted).toBe(false)
  const reason = new Error('enough')
  control.abort(reason)
  expect(ends.signal.reason).toBe(reason)
})

test('of a signal that has ended it has ended too', () => {
  using ends = within(LONG_MS, AbortSignal.abort('before'))
  expect(ends.signal.reason).toBe('before')
})

test.each([undefined, new AbortController().signal])('when the time is up it ends as a timeout does', async (given) => {
  using ends = within(1, given)
  // A timeout's signal keeps no process.
  const hold = setInterval(() => {}, LONG_MS)
  await new Promise((resolve) => ends.signal.addEventListener('abort', resolve))
  clearInterval(hold)
  expect(ends.signal.reason).toMatchObject({ name: 'TimeoutError' })
})

test('no time at all is little', () => {
  expect(() => within(-1, undefined)[Symbol.dispose]()).not.toThrow()
  expect(() => within(0.5, undefined)[Symbol.dispose]()).not.toThrow()
})

test('a time beyond what a timer can be set to is as long as one can, in place of none', () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout')
  onTestFinished(() => timeout.mockRestore())
  within(2 ** 31, undefined)[Symbol.dispose]()
  expect(timeout).toHaveBeenCalledExactlyOnceWith(2 ** 31 - 1)
})

test('disposed of, it follows nothing', () => {
  const control = new AbortController()
  const ends = within(LONG_MS, control.signal)
  ends[Symbol.dispose]()
  control.abort()
  expect(ends.signal.aborted).toBe(false)
})

function signals(): number {
  return Number(queryObjects(AbortSignal))
}

test('none is kept, also where one was part of another', async () => {
  const ROUNDS = 500
  const { signal } = new AbortController()
  const before = signals()
  for (let round = 0; round < ROUNDS; round++) {
    using outer = within(LONG_MS, signal)
    using inner = within(LONG_MS, outer.signal)
    inner.signal.addEventListener('abort', () => {})
  }
  // Within a turn of the loop what a WeakRef was made of is kept.
  await nextTurn()
  // `AbortSignal.any` would leave one of each round, and its timeouts for a minute.
  expect(signals() - before).toBeLessThan(ROUNDS / 10)
})
