import { expect, test } from 'vitest'
import { greediest, type Holder } from '../../src/host/greed.ts'

const holder = (cordon: string, memoryBytes: number, newestMs: number): Holder => ({ cordon, memoryBytes, newestMs })

test('many small processes of one publisher go before the single large one of another', () => {
  const modest = holder('modest', 500, 1)
  const greedy = [holder('greedy', 200, 30), holder('greedy', 200, 10), holder('greedy', 200, 20)]
  expect(greediest([modest, ...greedy])).toBe(greedy[1])
})

test('of one publisher, the process with the newest call goes, however large the others are', () => {
  const holders = [holder('a', 900, 60_000), holder('a', 100, 5)]
  expect(greediest(holders)).toBe(holders[1])
})

test('nobody has to go where there is nobody', () => expect(greediest([])).toBeUndefined())
