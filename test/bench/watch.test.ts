import { expect, test } from 'vitest'
import { watch } from '../../bench/soak/watch.ts'
import { heapBytes } from '../support/heap.ts'

test('who watches itself hardly grows by that', () => {
  const LOOKS = 8_000
  let time = 0.5
  const seen = watch(() => (time += 2_000))
  seen.add('this one', process.pid)
  const looks = (count: number): void => {
    for (let look = 0; look < count; look++) seen.look()
  }
  looks(1_000)
  const before = heapBytes()
  looks(LOOKS)
  const each = (heapBytes() - before) / LOOKS
  // Three numbers of 8 bytes, and room for as many more; as objects they would take 125.
  expect(each).toBeLessThan(70)
  expect(seen.seen(0)[0]).toMatchObject({ name: 'this one', pid: process.pid, alive: true })
})
