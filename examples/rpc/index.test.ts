import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prices, quote } from './index.ts'

const NOON = new Date('2026-11-27T12:00:00Z')

test('gives prices that nobody can change', () => {
  prices().clear()
  assert.equal(prices().get('tea'), 450)
})

test('adds up a basket, and says until when it holds', () => {
  const basket = new Map([
    ['tea', 2],
    ['bread', 1],
  ])
  assert.deepEqual(quote(basket, NOON), {
    lines: [
      { item: 'tea', count: 2, cents: 900 },
      { item: 'bread', count: 1, cents: 320 },
    ],
    cents: 1220,
    until: new Date('2026-11-28T12:00:00Z'),
  })
})

test('names what is wrong with a basket', () => {
  assert.throws(() => quote(new Map([['gold', 1]]), NOON), { name: 'UnknownItem', message: 'there is no gold' })
  assert.throws(() => quote(new Map([['tea', 0.5]]), NOON), RangeError)
})

test('takes and gives only what survives the way', () => {
  const answer = quote(structuredClone(new Map([['honey', 1]])), structuredClone(NOON))
  assert.deepEqual(structuredClone(answer), answer)
})
