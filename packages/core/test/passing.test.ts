import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { PassingMap, PassingSet } from '../src/passing.ts'

test('it is a map, however often it begins anew', () => {
  const map = new PassingMap<number, string>()
  for (let i = 0; i < 5000; i++) {
    map.set(i, `${i}`)
    if (i >= 10) expect(map.delete(i - 10)).toBe(true)
    expect(map.delete(i - 10)).toBe(false)
    expect(map.get(i)).toBe(`${i}`)
    expect(map.has(i - 10)).toBe(false)
    expect(map.size).toBe(Math.min(i + 1, 10))
  }
  expect([...map.keys()]).toEqual([4990, 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999])
  expect([...map.values()][0]).toBe('4990')
  map.clear()
  expect([...map]).toEqual([])
})

test('a loop leaves out what goes meanwhile', () => {
  const set = new PassingSet<number>()
  for (let i = 0; i < 1000; i++) set.add(i)
  const seen: number[] = []
  for (const member of set) {
    seen.push(member)
    // One more begins it anew.
    for (let i = member + 1; i < 1000; i++) set.delete(i)
    set.add(0)
  }
  expect(seen).toEqual([0])
  set.add(-1)
  expect([...set]).toEqual([0, -1])
  expect(set.size).toBe(2)
})

test('what has gone is garbage that needs no full collection', () => {
  const map = new PassingMap<number, number[]>()
  const held = (): number => getHeapSpaceStatistics().reduce((sum, space) => sum + space.space_used_size, 0)
  let last = 0
  const pass = (times: number): void => {
    for (let i = 0; i < times; i++) {
      map.set(
        ++last,
        Array.from({ length: 500 }, (_, at) => at + last),
      )
      map.delete(last - 64)
    }
  }
  pass(200)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  collect({ type: 'major', execution: 'sync' })
  const before = held()
  pass(10_000)
  collect({ type: 'minor', execution: 'sync' })
  // Of 40 MB; of a `Map` nearly all would be left.
  expect(held() - before).toBeLessThan(10_000_000)
})
