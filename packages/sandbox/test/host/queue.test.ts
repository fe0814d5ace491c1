import { expect, test } from 'vitest'
import { FairQueue } from '../../src/host/queue.ts'

interface Item {
  cordon: string
  name: string
}

function queueOf(...names: string[]): FairQueue<Item> {
  const queue = new FairQueue<Item>()
  for (const name of names) queue.push(item(name))
  return queue
}

/** `a2` is of cordon `a`. */
function item(name: string): Item {
  return { cordon: name.charAt(0), name }
}

function drain(queue: FairQueue<Item>, pick: (item: Item) => true | undefined = () => true): string[] {
  const names: string[] = []
  for (let taken = queue.take(pick); taken !== undefined; taken = queue.take(pick)) names.push(taken.item.name)
  return names
}

test('serves cordons in turn, and each in its own order', () => {
  expect(drain(queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'c2'))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
})

test('serves first who has the least elsewhere', () => {
  const queue = queueOf('a1', 'a2', 'b1', 'c1')
  const has = new Map([['a', 2]])
  const names: string[] = []
  const take = (): { item: Item } | undefined =>
    queue.take(
      () => true,
      (cordon) => has.get(cordon) ?? 0,
    )
  for (let taken = take(); taken !== undefined; taken = take()) names.push(taken.item.name)
  expect(names).toEqual(['b1', 'c1', 'a1', 'a2'])
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
  expect(queue.length).toBe(4)
  expect(drain(queue)).toEqual(['a1', 'a2', 'a3', 'a4'])
})

test('what is given back to an empty line is there', () => {
  const queue = queueOf('a1')
  queue.giveBack(queue.take(() => true)?.item ?? item('none'))
  expect(drain(queue)).toEqual(['a1'])
})

test('removes once', () => {
  const queue = queueOf('a1')
  const stray = item('a1')
  expect(queue.remove(stray)).toBe(false)
  const one = queue.take(() => true)?.item ?? stray
  queue.push(one)
  expect(queue.remove(one)).toBe(true)
  expect(queue.remove(one)).toBe(false)
  expect(queue.length).toBe(0)
})

test('gives up the newest of the longest line, the newcomer where none is longer', () => {
  const queue = queueOf('a1', 'a2', 'b1')
  const newcomer = item('b2')
  queue.push(newcomer)
  expect(queue.surplus(newcomer)).toBe(newcomer)
  const third = item('a3')
  queue.push(third)
  expect(queue.surplus(newcomer)).toBe(third)
})
