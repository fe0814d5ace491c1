import { expect, test } from 'vitest'
import { Ahead } from '../../src/host/ahead.ts'
import { HEAVY_MS } from '../../src/host/limits.ts'
import { Weights } from '../../src/host/weights.ts'

function ahead(): { ahead: Ahead; weights: Weights } {
  const weights = new Weights()
  weights.observe('f', 2)
  weights.observe('g', 5)
  return { ahead: new Ahead(weights), weights }
}

test('adds up what was sent and not answered, by callers', () => {
  const { ahead: one } = ahead()
  one.add({ caller: 'a', key: 'f' })
  one.add({ caller: 'a', key: 'f' })
  one.add({ caller: 'b', key: 'g' })
  expect([one.ms, one.msOf('a'), one.msOf('b'), one.msOf('c')]).toEqual([9, 4, 5, 0])
  one.remove({ caller: 'a', key: 'f' })
  expect([one.ms, one.msOf('a')]).toEqual([7, 2])
})

test('goes by what functions take by now', () => {
  const { ahead: one, weights } = ahead()
  one.add({ caller: 'a', key: 'f' })
  weights.observe('f', 102)
  expect(one.ms).toBeCloseTo(weights.meanMs('f'))
  expect(one.ms).toBeGreaterThan(2)
})

test('knows functions only while something of them is under way', () => {
  const { ahead: one, weights } = ahead()
  weights.observe('heavy', HEAVY_MS)
  const kinds = (): boolean[] => [one.uncertain, one.burns]
  one.add({ caller: 'a', key: 'f' })
  expect(kinds()).toEqual([false, false])
  one.add({ caller: 'a', key: 'heavy' })
  one.add({ caller: 'b', key: 'heavy' })
  one.remove({ caller: 'a', key: 'heavy' })
  expect(kinds()).toEqual([true, true])
  one.remove({ caller: 'b', key: 'heavy' })
  expect(kinds()).toEqual([false, false])
  one.add({ caller: 'b', key: 'of no known weight' })
  one.remove({ caller: 'a', key: 'f' })
  expect(kinds()).toEqual([true, false])
  one.remove({ caller: 'b', key: 'of no known weight' })
  expect(one.ms).toBe(0)
})
