import { expect, test } from 'vitest'
import { parseDuration } from '../src/index.ts'

test('a time has a unit and is more than nothing', () => {
  expect(['500ms', '30s', '2m'].map(parseDuration)).toEqual([500, 30_000, 120_000])
  for (const text of ['', '5', '0s', '-1s', '1.5s', '1h', 's', ' 1s', '1s ', '9999999999s']) {
    expect(parseDuration(text), text).toBeUndefined()
  }
})
