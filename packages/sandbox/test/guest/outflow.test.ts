import { WHOLE_BODY_MAX_BYTES } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { Outflow } from '../../src/child/guest-outflow.ts'
import { ANSWER_PIECE_MAX_BYTES } from '../../src/ipc/limits.ts'

const PIECE = new ArrayBuffer(ANSWER_PIECE_MAX_BYTES)

let out: Outflow

beforeEach(() => {
  out = new Outflow(200, '', 1e9)
})

function fill(): void {
  while (out.put(PIECE) === 'more');
}

test('what is made at once becomes a whole answer up to its limit', () => {
  const piece = new ArrayBuffer(WHOLE_BODY_MAX_BYTES / 4)
  for (let i = 0; i < 4; i++) expect(out.put(piece)).toBe('more')
  out.finish()
  expect(out.whole()).toHaveLength(WHOLE_BODY_MAX_BYTES)
})

test('what is longer waits with what is too much for the window', () => {
  fill()
  expect(out.waits).toBe(true)
  out.begun = true
  const sent = out.sendable().reduce((sum, { length }) => sum + length, 0)
  // The rest of the window is less than a piece costs.
  expect(sent).toBe(2 * ANSWER_PIECE_MAX_BYTES)
  const held = Math.ceil(WHOLE_BODY_MAX_BYTES / ANSWER_PIECE_MAX_BYTES) * ANSWER_PIECE_MAX_BYTES
  for (let left = held - sent; left > 0; left -= ANSWER_PIECE_MAX_BYTES) {
    expect(out.goesOn()).toBe(false)
    out.grant(ANSWER_PIECE_MAX_BYTES)
    expect(out.sendable().map(({ length }) => length)).toEqual([ANSWER_PIECE_MAX_BYTES])
  }
  expect(out.goesOn()).toBe(false)
  out.grant(ANSWER_PIECE_MAX_BYTES)
  expect(out.sendable()).toEqual([])
  expect(out.goesOn()).toBe(true)
  expect(out.goesOn()).toBe(false)
})

test.each([
  ['a number', 7],
  ['a view', new Uint8Array(1)],
  ['nothing', undefined],
])('%s is no piece', (_, data) => {
  expect(out.put(data)).toBe('over')
  expect(out.broken).toBe(true)
})

test('it is broken by what comes though it was told to wait, and holds none of it', () => {
  fill()
  expect([out.put(PIECE), out.put(PIECE), out.broken]).toEqual(['over', 'over', true])
})

test('it is broken by an end while it waits, and by what follows the end', () => {
  fill()
  out.finish()
  expect(out.broken).toBe(true)
  const other = new Outflow(200, '', 1e9)
  other.finish()
  other.put('more')
  expect(other.broken).toBe(true)
})

test('beyond the limit nothing more is taken', () => {
  const short = new Outflow(200, '', 10)
  expect([short.put('0123456789'), short.put(''), short.put('é'), short.put('a')]).toEqual([
    'more',
    'more',
    'over',
    'over',
  ])
  expect(short.over).toBe(true)
})
