import { expect, test } from 'vitest'
import { giveBack } from '../src/body.ts'

const MANY = 64 * 1024

test('what is alone in its memory is gone at once', () => {
  const bytes = new Uint8Array(MANY)
  giveBack(bytes)
  expect(bytes).toHaveLength(0)
  // A second time there is nothing more to give.
  giveBack(bytes)
})

test.each([
  ['a part', new Uint8Array(2 * MANY).subarray(MANY)],
  ['what is short', new Uint8Array(100)],
  ['what others see too', new Uint8Array(new SharedArrayBuffer(MANY))],
])('%s stays', (_, bytes) => {
  const { length } = bytes
  giveBack(bytes)
  expect(bytes).toHaveLength(length)
})
