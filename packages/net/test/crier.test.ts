import { expect, test } from 'vitest'
import { CRIED_BYTES_PER_S, CRY_MS, LISTENS_MS } from '../src/limits/news.ts'
import { crier, type Crier, type Listener } from '../src/protocols/call/crier.ts'
import { manualTime, type ManualTime } from './helpers/manual-timers.ts'

/** Who is told, in order. */
function scene(bytes: number): {
  time: ManualTime
  cries: Crier
  told: number[]
  listener: (name: number) => Listener
} {
  const time = manualTime()
  const told: number[] = []
  const listener = (name: number): Listener => ({
    tell() {
      told.push(name)
      return bytes
    },
  })
  return { time, cries: crier(time), told, listener }
}

test('who listens hears what is new every so often, until it has not said so for long', async () => {
  const { time, cries, told, listener } = scene(14)
  const one = listener(1)
  cries.listens(one)
  expect(told).toEqual([])
  time.advance(CRY_MS)
  time.advance(CRY_MS)
  expect(told).toEqual([1, 1])
  time.advance(LISTENS_MS)
  const before = told.length
  time.advance(10 * CRY_MS)
  expect(told).toHaveLength(before)
  cries.listens(one)
  time.advance(CRY_MS)
  expect(told).toHaveLength(before + 1)
})

test('all that listen share one budget, and take turns', async () => {
  const bytes = 20
  const { time, cries, told, listener } = scene(bytes)
  const each = Math.ceil((CRIED_BYTES_PER_S * CRY_MS) / 1000 / bytes)
  const all = Array.from({ length: 3 * each }, (_, name) => listener(name))
  for (const one of all) cries.listens(one)
  for (let round = 0; round < 3; round++) {
    const before = told.length
    time.advance(CRY_MS)
    expect(told.length - before).toBeLessThanOrEqual(each)
  }
  expect(new Set(told).size).toBe(told.length)
  time.advance(CRY_MS)
  expect(new Set(told).size).toBe(all.length)
})

test('who is gone is told nothing, and nothing is said when it stops', async () => {
  const { time, cries, told, listener } = scene(14)
  const [one, other] = [listener(1), listener(2)]
  cries.listens(one)
  cries.listens(other)
  cries.left(one)
  time.advance(CRY_MS)
  expect(told).toEqual([2])
  cries.stop()
  time.advance(10 * CRY_MS)
  expect(told).toEqual([2])
})
