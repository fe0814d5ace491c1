import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { failuresOf, load } from '../../bench/measure/load.ts'
import { median, quantile } from '../../bench/measure/numbers.ts'
import { interleaved } from '../../bench/measure/rounds.ts'
import { generator } from '../../bench/sim/random.ts'

/** What every figure of the report is made by. */

const HUNDRED = Array.from({ length: 100 }, (_, at) => 100 - at)

test('a quantile is a value that so many do not exceed, a median the middle of all', () => {
  expect([0, 0.5, 0.99, 1].map((part) => quantile(HUNDRED, part))).toEqual([1, 51, 100, 100])
  expect([median([9, 1, 2]), median([9, 1, 2, 4]), median([7])]).toEqual([2, 3, 7])
  expect([quantile([], 0.5), median([])]).toEqual([NaN, NaN])
})

test('in each round every way has its turn, in orders that differ and come again with the seed', async () => {
  const run = async () => {
    const order: string[] = []
    const way = (name: string) => async () => order.push(name)
    const found = await interleaved({ a: way('a'), b: way('b'), c: way('c') }, 20, generator(8, 0))
    return { order, found }
  }
  const { order, found } = await run()
  const rounds = Array.from({ length: 20 }, (_, at) => order.slice(3 * at, 3 * at + 3))
  for (const round of rounds) expect(new Set(round)).toEqual(new Set(['a', 'b', 'c']))
  expect(new Set(rounds.map(String)).size).toBeGreaterThan(3)
  expect(found.b).toEqual(order.flatMap((name, at) => (name === 'b' ? [at + 1] : [])))
  expect((await run()).order).toEqual(order)
})

test('a load has so many calls under way, counts what fails apart, and says why', async () => {
  let underWay = 0
  let most = 0
  let calls = 0
  const call = async (): Promise<void> => {
    most = Math.max(most, ++underWay)
    const number = ++calls
    await pause(1)
    underWay--
    if (number % 4 === 0) throw new Error(`call ${number}`)
  }
  const found = await load({ call, concurrency: 3, forMs: 1_000_000, enough: 30 })
  expect(most).toBe(3)
  // Those that are under way when it is enough are finished, and count.
  expect(found.calls).toBeGreaterThanOrEqual(30)
  expect(found.calls).toBeLessThanOrEqual(32)
  expect(found).toMatchObject({ failed: calls - found.calls, failure: 'Error: call 4' })
  expect(found.p50).toBeLessThanOrEqual(found.p99)
  expect(found.perSecond).toBeLessThan(3_000)
})

test('failures of a few rounds are not lost in a median', () => {
  const rounds = [{ failed: 0 }, { failed: 3, failure: 'link-lost' }, { failed: 0 }, { failed: 1, failure: 'busy' }]
  expect(failuresOf(rounds)).toEqual({ failed: 4, said: ', the first: link-lost' })
  expect(failuresOf([{ failed: 0 }])).toEqual({ failed: 0, said: '' })
})
