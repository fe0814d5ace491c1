import { beforeEach, expect, test } from 'vitest'
import { Turns } from '../../src/host/turns.ts'

let turns: Turns<string>

beforeEach(() => {
  turns = new Turns()
})

function call(id: number, fn: number, now: number): void {
  turns.sent({ kind: 'call', id, fn, owner: `call ${id}`, startBy: 100 }, now)
}

test('the oldest that is unanswered has the thread', () => {
  expect(turns.held).toBeUndefined()
  call(1, 7, 10)
  call(2, 8, 11)
  expect(turns.held).toMatchObject({ fn: 7, sinceMs: 10, turn: { owner: 'call 1' } })
  expect(turns.answered('call', 1, 20)).toBe(true)
  expect(turns.held).toMatchObject({ fn: 8, sinceMs: 20, turn: { owner: 'call 2' } })
  expect(turns.answered('call', 2, 30)).toBe(true)
  expect(turns.held).toBeUndefined()
})

test('refuses answers that are out of order, or to nothing', () => {
  expect(turns.answered('call', 1, 0)).toBe(false)
  call(1, 7, 0)
  call(2, 7, 0)
  expect(turns.answered('call', 2, 1)).toBe(false)
  expect(turns.answered('load', 1, 1)).toBe(false)
  expect(turns.unanswered).toHaveLength(2)
})

test('a function that resumed has the thread until it yields', () => {
  turns.resume(9, 5)
  call(1, 7, 6)
  expect(turns.held).toMatchObject({ fn: 9, turn: undefined })
  turns.yield(8)
  expect(turns.held).toMatchObject({ fn: 7, sinceMs: 8 })
})

test('knows what has begun: the oldest, and what was answered before', () => {
  call(1, 7, 0)
  call(2, 7, 0)
  expect([turns.begun('call 1'), turns.begun('call 2')]).toEqual([true, false])
  turns.answered('call', 1, 1)
  expect([turns.begun('call 1'), turns.begun('call 2')]).toEqual([true, true])
})

test('nothing new has begun while another function holds on', () => {
  turns.resume(9, 0)
  call(1, 7, 1)
  expect(turns.begun('call 1')).toBe(false)
})

test('a load is begun for the call that wants it, and for no other', () => {
  turns.sent({ kind: 'load', id: 7, fn: 7, owner: 'call 1', startBy: 100 }, 0)
  call(1, 7, 0)
  call(2, 7, 0)
  expect([turns.begun('call 1'), turns.begun('call 2')]).toEqual([true, false])
})

test('a call has run once it had the thread, and not while another has it', () => {
  turns.sent({ kind: 'load', id: 7, fn: 7, owner: 'call 1', startBy: 100 }, 0)
  call(1, 7, 0)
  call(2, 7, 0)
  expect([turns.ran(1), turns.ran(2)]).toEqual([false, false])
  turns.answered('load', 7, 1)
  expect([turns.ran(1), turns.ran(2)]).toEqual([true, false])
  turns.answered('call', 1, 2)
  turns.resume(7, 3)
  expect([turns.ran(1), turns.ran(2)]).toEqual([true, false])
})

test('tells who had the thread since it was last asked', () => {
  call(1, 7, 0)
  expect(turns.takeHolders()).toEqual(new Set([7]))
  // Still at it.
  expect(turns.takeHolders()).toEqual(new Set([7]))
  turns.answered('call', 1, 1)
  call(2, 8, 2)
  expect(turns.takeHolders()).toEqual(new Set([7, 8]))
  turns.answered('call', 2, 3)
  expect(turns.takeHolders()).toEqual(new Set([8]))
  expect(turns.takeHolders()).toEqual(new Set())
})
