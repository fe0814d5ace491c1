import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { array, assert, boolean, nat, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { FleetingMap, FleetingSet } from '../src/index.ts'

const step = record({ key: nat(40), gone: boolean() })

test('it holds what a Map would, in the same order', () => {
  assert(
    property(array(step, { maxLength: 400 }), (steps) => {
      const map = new FleetingMap<number, number>()
      const model = new Map<number, number>()
      for (const [at, { key, gone }] of steps.entries()) {
        if (gone) expect(map.delete(key)).toBe(model.delete(key))
        else {
          map.set(key, at)
          model.set(key, at)
        }
        expect([map.size, map.has(key), map.get(key)]).toEqual([model.size, model.has(key), model.get(key)])
      }
      expect([...map]).toEqual([...model])
      expect([...map.keys()]).toEqual([...model.keys()])
      expect([...map.values()]).toEqual([...model.values()])
    }),
  )
})

test('whoever goes through it may delete what is there', () => {
  const set = new FleetingSet<number>()
  for (let one = 0; one < 100; one++) set.add(one)
  const met: number[] = []
  for (const one of set) {
    met.push(one)
    set.delete(one)
    set.delete(one + 1)
  }
  expect(met).toEqual(Array.from({ length: 50 }, (_, at) => 2 * at))
  expect(set.size).toBe(0)
})

test('cleared, it is empty', () => {
  const map = new FleetingMap<number, number>()
  map.set(1, 1)
  map.clear()
  expect([map.size, map.get(1), [...map]]).toEqual([0, undefined, []])
})

const MB = 1024 * 1024

function oldBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0
}

/** By how much the old objects grew at most, in bytes, while 50 MB came and went through this, and young ones alone were collected. */
function grownBy(
  map: { set(key: number, value: unknown): unknown; delete(key: number): boolean },
  atOnce: number,
): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  setFlagsFromString('--no-expose-gc')
  const something = (): unknown => Array.from({ length: 128 }, (_, at) => at / 2)
  for (let at = 0; at < atOnce; at++) map.set(at, something())
  // From here on its table is left to full collections.
  for (let times = 0; times < 3; times++) collect({ type: 'minor', execution: 'sync' })
  const before = oldBytes()
  let most = before
  for (let at = atOnce; at < 50_000; at++) {
    map.set(at, something())
    map.delete(at - atOnce)
    if (at % 1000 === 0) most = Math.max(most, oldBytes())
  }
  return most - before
}

test.each([1, 40, 64, 100])('of %i at a time, what has gone is left to collections of young objects', (atOnce) => {
  // A Map would leave half of it.
  expect(grownBy(new FleetingMap(), atOnce)).toBeLessThan(3 * MB)
  expect(grownBy(setOfValues(), atOnce)).toBeLessThan(3 * MB)
})

/** The values in a set, and by their keys in another map. */
function setOfValues(): Parameters<typeof grownBy>[0] {
  const set = new FleetingSet<unknown>()
  const byKey = new FleetingMap<number, unknown>()
  return {
    set(key, value) {
      byKey.set(key, value)
      set.add(value)
    },
    delete: (key) => set.delete(byKey.get(key)) && byKey.delete(key),
  }
}
