import { expect, test } from 'vitest'
import { MEMORIES_PER_PEER_MAX } from '../src/limits/memory.ts'
import {
  believeAccepting,
  believeAdmits,
  forgetAnswered,
  recordRefusal,
  standingRefusal,
  type Refusals,
} from '../src/refusals.ts'

const RTT_MS = 2
const asked = { cid: 'bafyA', publisher: 'kOne' }
const codeAt = (refusals: Refusals, now: number, question = asked): string | undefined =>
  standingRefusal(refusals, question, now)?.code

function refuse(
  refusals: Refusals,
  code: Parameters<typeof recordRefusal>[1]['code'],
  now: number,
  rttMs = RTT_MS,
): void {
  recordRefusal(refusals, { code, ...asked }, rttMs, now)
}

test('a busy runner is asked again within a second, and after a round trip at the earliest', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'busy', 0, 80)
  expect(codeAt(refusals, 79)).toBe('busy')
  expect(codeAt(refusals, 80)).toBeUndefined()
})

test('each further refusal in a row doubles the pause, up to a bound', () => {
  const refusals: Refusals = new Map()
  const pauses: number[] = []
  let now = 0
  for (let i = 0; i < 12; i++) {
    refuse(refusals, 'busy', now)
    const until = standingRefusal(refusals, asked, now)?.until ?? 0
    pauses.push(until - now)
    now = until
  }
  expect(pauses.slice(0, 4)).toEqual([10, 20, 40, 80])
  expect(pauses.at(-1)).toBe(1000)
})

test('refusals of calls that were under way together count as one', () => {
  const refusals: Refusals = new Map()
  for (let i = 0; i < 10; i++) refuse(refusals, 'busy', 1)
  expect(standingRefusal(refusals, asked, 1)?.until).toBe(11)
})

test('a refusal long after the last one is a first one again', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'busy', 0)
  refuse(refusals, 'busy', 10)
  expect(standingRefusal(refusals, asked, 10)?.until).toBe(30)
  const later = 3_600_000
  refuse(refusals, 'busy', later)
  expect(standingRefusal(refusals, asked, later)?.until).toBe(later + 10)
})

test('an answer forgets what was said of the peer and of the function', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'busy', 0)
  refuse(refusals, 'unknown-function', 0)
  forgetAnswered(refusals, asked.cid)
  expect(codeAt(refusals, 1)).toBeUndefined()
})

test('"not admitted" holds for one publisher, at first for as long as an owner takes who was asked', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'not-admitted', 0)
  expect(codeAt(refusals, 1999)).toBe('not-admitted')
  expect(codeAt(refusals, 1999, { cid: 'bafyB', publisher: 'kOne' })).toBe('not-admitted')
  expect(codeAt(refusals, 1999, { cid: 'bafyA', publisher: 'kTwo' })).toBeUndefined()
  expect(codeAt(refusals, 2000)).toBeUndefined()
})

test.each([
  ['not-admitted', [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]],
  ['unsupported', [5000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000]],
] as const)('who says "%s" again and again is asked ever more rarely', (code, expected) => {
  const refusals: Refusals = new Map()
  let now = 0
  const pauses = expected.map(() => {
    refuse(refusals, code, now)
    const before = now
    now = standingRefusal(refusals, asked, now)?.until ?? NaN
    return now - before
  })
  expect(pauses).toEqual(expected)
})

test('"not admitted" ends when the runner says that it admits others now', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'not-admitted', 0)
  believeAdmits(refusals, 1)
  expect(codeAt(refusals, 1)).toBeUndefined()
})

test('without a publisher it holds for the function', () => {
  const refusals: Refusals = new Map()
  recordRefusal(refusals, { code: 'not-admitted', cid: 'bafyA' }, RTT_MS, 0)
  expect(standingRefusal(refusals, { cid: 'bafyA' }, 1)?.code).toBe('not-admitted')
  expect(standingRefusal(refusals, { cid: 'bafyB' }, 1)).toBeUndefined()
})

test('a secret that is missing holds for one function, at first no longer than it takes to give it', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'secret-missing', 0)
  expect(codeAt(refusals, 499)).toBe('secret-missing')
  expect(codeAt(refusals, 499, { ...asked, cid: 'bafyB' })).toBeUndefined()
  expect(codeAt(refusals, 500)).toBeUndefined()
})

test('"unknown function" and "unsupported" hold for one function, some seconds', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'unknown-function', 0)
  expect(codeAt(refusals, 1000)).toBe('unknown-function')
  expect(codeAt(refusals, 1000, { cid: 'bafyB', publisher: 'kOne' })).toBeUndefined()
  expect(codeAt(refusals, 10_000)).toBeUndefined()
  refuse(refusals, 'unsupported', 10_000)
  expect(codeAt(refusals, 14_999)).toBe('unsupported')
  expect(codeAt(refusals, 14_999, { cid: 'bafyB', publisher: 'kOne' })).toBeUndefined()
})

test.each(['draining', 'not-volunteering'] as const)('"%s" holds until its word, believed once', (code) => {
  const refusals: Refusals = new Map()
  refuse(refusals, code, 0)
  expect(codeAt(refusals, 4999)).toBe(code)
  believeAccepting(refusals, 1)
  expect(codeAt(refusals, 1)).toBeUndefined()

  refuse(refusals, code, 2)
  believeAccepting(refusals, 3)
  expect(codeAt(refusals, 3)).toBe(code)
  expect(codeAt(refusals, 2 + 9999)).toBe(code)
})

test('a word about volunteering does not undo "busy"', () => {
  const refusals: Refusals = new Map()
  refuse(refusals, 'busy', 0)
  believeAccepting(refusals, 1)
  expect(codeAt(refusals, 1)).toBe('busy')
})

test('the memory is bounded', () => {
  const refusals: Refusals = new Map()
  for (let i = 0; i < 1000; i++) recordRefusal(refusals, { code: 'unsupported', cid: `bafy${i}` }, RTT_MS, 0)
  expect(refusals.size).toBe(MEMORIES_PER_PEER_MAX)
})
