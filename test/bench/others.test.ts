import { expect, test } from 'vitest'
import { ticksIn } from '../../bench/measure/others.ts'

/** A machine that does nothing must not pass for a busy one, nor one that waits for its disk; guests are counted within users. */

test('what was used is all but idle time and waiting for disks', () => {
  const text = 'cpu  100 20 30 700 50 1 2 97 60 10\ncpu0 1 1 1 1 1 1 1 1 1 1\n'
  expect(ticksIn(text)).toEqual({ used: 250, all: 1000 })
})

test('where the system does not say it, nothing is known', () => {
  expect(ticksIn('')).toBeUndefined()
})
