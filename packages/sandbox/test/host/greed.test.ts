import { expect, test } from 'vitest'
import { greediest, type Holder } from '../../src/host/greed.ts'

function holder(cordon: string, memoryBytes: number, newestMs: number, more: Partial<Holder> = {}): Holder {
  return { group: cordon, weight: 1, cordon, memoryBytes, newestMs, ...more }
}

test('many small processes of one publisher go before the single large one of another', () => {
  const modest = holder('modest', 500, 1)
  const greedy = [holder('greedy', 200, 30), holder('greedy', 200, 10), holder('greedy', 200, 20)]
  expect(greediest([modest, ...greedy])).toBe(greedy[1])
})

test('of one publisher, the process with the newest call goes, however large the others are', () => {
  const holders = [holder('a', 900, 60_000), holder('a', 100, 5)]
  expect(greediest(holders)).toBe(holders[1])
})

test('of strangers, who are one group, the one that holds most goes, and before a publisher that is named', () => {
  const named = holder('named', 500, 1)
  const strangers = [200, 250, 150].map((bytes, n) => holder(`s${n}`, bytes, 9, { group: 'anyone' }))
  expect(greediest([named, ...strangers])).toBe(strangers[1])
})

test('who has more weight may hold more', () => {
  const heavy = holder('heavy', 500, 1, { weight: 2 })
  const light = holder('light', 300, 1)
  expect(greediest([heavy, light])).toBe(light)
})

test('nobody has to go where there is nobody', () => expect(greediest([])).toBeUndefined())
