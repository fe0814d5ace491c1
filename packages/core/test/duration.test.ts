import { expect, test } from 'vitest'
import { parseDuration } from '../src/index.ts'

test('a time has a unit, is more than nothing, and no more than a timer can be', () => {
  expect(['500ms', '30s', '2m'].map(parseDuration)).toEqual([500, 30_000, 120_000])
  expect(parseDuration('35791m')).toBe(35_791 * 60_000)
  for (const text of ['', '5', '0s', '-1s', '1.5s', '1h', 's', ' 1s', '1s ', '9999999999s', '35792m']) {
    expect(parseDuration(text), text).toBeUndefined()
  }
})
