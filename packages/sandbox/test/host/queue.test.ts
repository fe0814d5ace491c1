import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FairQueue, type Waiting } from '../../src/host/queue.ts'

interface Item extends Waiting<Item> {
  name: string
  cost: number
}

const MANY = 1000

function queueWith(places = MANY): FairQueue<Item> {
  return new FairQueue<Item>({ places, costOf: ({ cost }) => cost })
}

function queueOf(...names: string[]): FairQueue<Item> {
  const queue = queueWith()
  for (const name of names) queue.push(item(name))
  return queue
}

/** `ax2` is of group `a` and caller `x`; `a2` of group `a` and its only caller. */
function item(name: string, more: Partial<Item> = {}): Item {
  const [group = '', caller = ''] = name
  return { name, path: [group, /\d/.test(caller) ? '' : caller], weight: 1, cost: 1, ...more }
}

function drain(queue: FairQueue<Item>, pick: (item: Item) => true | undefined = () => true): string[] {
  const names: string[] = []
  for (let taken = queue.take(pick); taken !== undefined; taken = queue.take(pick)) names.push(taken.item.name)
  return names
}

test('serves groups in turn, and each in its own order', () => {
  expect(drain(queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'c2'))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
})

test('serves the callers of a group in turn, and gives the group no more for having many', () => {
  const queue = queueOf('ax1', 'ax2', 'ax3', 'ay1', 'bz1', 'bz2', 'bz3')
  expect(drain(queue)).toEqual(['ax1', 'bz1', 'ay1', 'bz2', 'ax2', 'bz3', 'ax3'])
})

test('what costs more is served less often', () => {
  const queue = queueWith()
  for (const n of [1, 2, 3, 4]) queue.push(item(`a${n}`, { cost: 3 }))
  for (const n of [1, 2, 3, 4]) queue.push(item(`b${n}`))
  expect(drain(queue).slice(0, 5)).toEqual(['a1', 'b1', 'b2', 'b3', 'a2'])
})

test('what cost more in the end than was thought counts as that', () => {
  const queue = queueOf('a1', 'a2', 'b1', 'b2', 'b3')
  const taken = queue.take(() => true)
  if (taken === undefined) throw new Error('nothing was there')
  queue.done(taken.item, 2)
  expect(drain(queue)).toEqual(['b1', 'b2', 'a2', 'b3'])
})

test('what was taken beside what the items cost counts for the group, and for none of its callers', () => {
  const queue = queueOf('ax1', 'ax2', 'ay1', 'bz1', 'bz2', 'bz3')
  queue.charge(['a', 'x'], 2)
  expect(drain(queue)).toEqual(['bz1', 'bz2', 'ax1', 'bz3', 'ay1', 'ax2'])
})

test('who comes late has no claim on the past, and who leaves for a moment is not new again', () => {
  const queue = queueOf('a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1')
  const take = (): string | undefined => queue.take(() => true)?.item.name
  expect([take(), take(), take()]).toEqual(['a1', 'b1', 'a2'])
  queue.push(item('c1'))
  queue.push(item('c2'))
  queue.push(item('b2', { cost: 5 }))
  expect(new Set([take(), take(), take(), take()])).toEqual(new Set(['a3', 'b2', 'c1', 'c2']))
  queue.push(item('b3'))
  expect([take(), take(), take()]).toEqual(['a4', 'a5', 'a6'])
})

test('passes what cannot go yet, and keeps its place', () => {
  const queue = queueOf('a1', 'a2', 'b1')
  expect(drain(queue, ({ name }) => (name === 'a1' ? undefined : true))).toEqual(['a2', 'b1'])
  expect(drain(queue)).toEqual(['a1'])
  expect(queue.length).toBe(0)
})

test('what is given back keeps its place, whatever else is given back before or after it', () => {
  const queue = queueOf('a1', 'a2', 'a3', 'a4')
  const taken = [1, 2, 3].map(() => queue.take(() => true)?.item ?? item('none'))
  const [first = item('none'), second = item('none'), third = item('none')] = taken
  for (const one of [second, first, third]) queue.giveBack(one)
  expect(queue).toMatchObject({ length: 4, running: 0 })
  expect(drain(queue)).toEqual(['a1', 'a2', 'a3', 'a4'])
})

test('what is given back cost nothing', () => {
  const queue = queueOf('a1', 'a2', 'b1')
  queue.giveBack(queue.take(() => true)?.item ?? item('none'))
  expect(drain(queue)).toEqual(['a1', 'b1', 'a2'])
})

test('removes once, and only what waits', () => {
  const queue = queueOf('a1')
  const stray = item('a1')
  expect(queue.remove(stray)).toBe(false)
  const one = queue.take(() => true)?.item ?? stray
  expect(queue.remove(one)).toBe(false)
  queue.done(one, 1)
  queue.push(one)
  expect(queue.remove(one)).toBe(true)
  expect(queue.remove(one)).toBe(false)
  expect(queue).toMatchObject({ length: 0, running: 0 })
})

test('gives up the newest of whoever waits with most, the newcomer where nobody has more', () => {
  const queue = queueOf('ax1', 'ax2', 'ay1', 'b1', 'b2')
  const newcomer = item('b3')
  queue.push(newcomer)
  expect(queue.surplus(newcomer)).toBe(newcomer)
  const third = item('ax3')
  queue.push(third)
  expect(queue.surplus(newcomer)).toBe(third)
  const modest = item('ay2')
  queue.push(modest)
  expect(queue.surplus(modest)).toBe(third)
})

test('who has more weight may wait with more', () => {
  const queue = queueWith()
  for (const n of [1, 2, 3]) queue.push(item(`a${n}`, { weight: 3 }))
  const second = item('b2')
  for (const one of [item('b1'), second]) queue.push(one)
  expect(queue.surplus(item('a4', { weight: 3 }))).toBe(second)
})

describe('places', () => {
  test('nobody gets all of them while others may come', () => {
    const queue = queueWith(8)
    for (let n = 0; n < 10; n += 1) queue.push(item(`a${n}`))
    // Seven for a group, of these six for a caller.
    expect(drain(queue)).toHaveLength(6)
    for (let n = 0; n < 10; n += 1) queue.push(item(`ax${n}`))
    expect(drain(queue)).toHaveLength(1)
    queue.push(item('b1'))
    queue.push(item('b2'))
    expect(drain(queue)).toEqual(['b1'])
    expect(queue.running).toBe(8)
  })

  test('one that is free again goes to whoever has waited', () => {
    const queue = queueWith(1)
    const first = item('a1')
    queue.push(first)
    queue.push(item('a2'))
    queue.push(item('b1'))
    expect(drain(queue)).toEqual(['a1'])
    queue.done(first, 1)
    expect(drain(queue)).toEqual(['b1'])
  })
})

describe('what has just come', () => {
  test('goes at once where nothing waits, and is out like any other', () => {
    const queue = queueWith()
    const one = item('a1')
    expect(queue.enter(one, ({ name }) => name)).toBe('a1')
    expect(queue).toMatchObject({ length: 0, running: 1 })
    expect([queue.waits(one), queue.remove(one)]).toEqual([false, false])
    queue.giveBack(one)
    expect(queue).toMatchObject({ length: 1, running: 0 })
    expect(drain(queue)).toEqual(['a1'])
    queue.done(one, 1)
    expect(queue.running).toBe(0)
  })

  test('does not where something waits, nor where there is no answer for it', () => {
    const queue = queueWith()
    expect(queue.enter(item('a1'), () => undefined)).toBeUndefined()
    expect(queue).toMatchObject({ length: 0, running: 0 })
    queue.push(item('b1'))
    expect(queue.enter(item('a2'), () => true)).toBeUndefined()
    expect(drain(queue)).toEqual(['b1'])
  })

  test('takes no place more than if it had waited', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 }),
        (places, who) => {
          const [entered, waited] = [queueWith(places), queueWith(places)]
          for (const n of who) {
            const path = [String(n % 2), String(n)]
            const one = item('', { path })
            const other = item('', { path })
            const goes = entered.enter(one, () => true)
            waited.push(other)
            expect(goes).toBe(waited.take(() => true)?.picked)
            waited.remove(other)
          }
          expect(entered.running).toBe(waited.running)
        },
      ),
    )
  })
})

/** Groups with a weight each, and how many callers each has. */
const groups = fc.array(
  fc.record({ weight: fc.integer({ min: 1, max: 9 }), callers: fc.integer({ min: 1, max: 4 }) }),
  {
    minLength: 1,
    maxLength: 6,
  },
)

describe('whatever comes', () => {
  test('those who always want more get shares by weight, their callers equal ones, and nobody starves', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 4 }), (all, out) => {
        const queue = queueWith()
        const served = all.map(({ callers }) => Array.from({ length: callers }, () => 0))
        const running: Item[] = []
        const push = (group: number, caller: number): void =>
          queue.push({
            name: `${group}.${caller}`,
            path: [String(group), String(caller)],
            weight: all[group]?.weight ?? 1,
            cost: 1,
          })
        all.forEach(({ callers }, group) => {
          for (let caller = 0; caller < callers; caller += 1) for (let n = 0; n < 2; n += 1) push(group, caller)
        })
        const rounds = 200
        for (let n = 0; n < rounds; n += 1) {
          const taken = queue.take(() => true)
          if (taken === undefined) throw new Error('nothing was taken')
          const [group = 0, caller = 0] = taken.item.name.split('.').map(Number)
          const row = served[group] ?? []
          row[caller] = (row[caller] ?? 0) + 1
          push(group, caller)
          running.push(taken.item)
          if (running.length >= out) queue.done(running.shift() ?? taken.item, 1)
        }
        const total = all.reduce((sum, { weight }) => sum + weight, 0)
        all.forEach(({ weight }, group) => {
          const row = served[group] ?? []
          const had = row.reduce((sum, count) => sum + count, 0)
          // At any time nobody is further from its due than what one call of anybody is worth.
          expect(Math.abs(had - (rounds * weight) / total)).toBeLessThanOrEqual(weight + 1)
          expect(Math.max(...row) - Math.min(...row)).toBeLessThanOrEqual(1)
        })
      }),
    )
  })

  test('a place is left empty only where nothing can go, and nothing is lost or served twice', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 0, max: 8 }), cost: fc.integer({ min: 1, max: 50 }), stuck: fc.boolean() }),
      fc.constant('take' as const),
      fc.record({ end: fc.nat() }),
      fc.record({ back: fc.nat() }),
      fc.record({ remove: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = queueWith()
        const waiting = new Set<Item>()
        const running = new Set<Item>()
        const stuck = new Set<Item>()
        const one = (of: Set<Item>, n: number): Item | undefined => [...of][n % Math.max(1, of.size)]
        for (const what of steps) {
          if (what === 'take') {
            const taken = queue.take((candidate) => (stuck.has(candidate) ? undefined : true))
            expect(taken === undefined).toBe([...waiting].every((each) => stuck.has(each)))
            if (taken === undefined) continue
            expect(waiting.delete(taken.item)).toBe(true)
            running.add(taken.item)
          } else if ('push' in what) {
            const path = [String(what.push % 3), String(Math.floor(what.push / 3))]
            const pushed: Item = { name: '', path, weight: 1 + (what.push % 2), cost: what.cost }
            if (what.stuck) stuck.add(pushed)
            queue.push(pushed)
            waiting.add(pushed)
          } else if ('end' in what) {
            const ended = one(running, what.end)
            if (ended === undefined) continue
            queue.done(ended, what.end % 7)
            running.delete(ended)
          } else if ('back' in what) {
            const back = one(running, what.back)
            if (back === undefined) continue
            queue.giveBack(back)
            running.delete(back)
            waiting.add(back)
          } else {
            const gone = one(waiting, what.remove)
            if (gone === undefined) continue
            expect(queue.remove(gone)).toBe(true)
            waiting.delete(gone)
          }
          expect(queue).toMatchObject({ length: waiting.size, running: running.size })
        }
        expect(new Set(queue.clear())).toEqual(waiting)
        expect(queue.length).toBe(0)
      }),
    )
  })

  test('of a flood and a modest caller, the modest one never waits for more than one call of the flood', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 1, max: 20 }), (flood, calls) => {
        const queue = queueWith()
        let sent = 0
        const more = (): void => queue.push(item('ax', { name: `flood ${(sent += 1)}` }))
        for (let n = 0; n < flood; n += 1) more()
        for (let n = 0; n < calls; n += 1) {
          queue.push(item('ay', { name: 'modest' }))
          const before: string[] = []
          while (before.at(-1) !== 'modest') {
            const taken = queue.take(() => true)
            if (taken === undefined) throw new Error('it starved')
            before.push(taken.item.name)
            queue.done(taken.item, 1)
            more()
          }
          expect(before.length).toBeLessThanOrEqual(2)
        }
      }),
    )
  })
})
