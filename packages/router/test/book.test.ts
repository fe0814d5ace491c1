import { expect, test } from 'vitest'
import * as fc from 'fast-check'
import { book, type Book } from '../src/book.ts'
import type { PeerRecord } from '../src/peer-record.ts'
import { distanceMs } from '../src/rtt.ts'
import { idle } from './fixtures.ts'

const distanceOf = (record: PeerRecord): number => distanceMs(record.rtt)

const ids = (records: Iterable<PeerRecord>): string[] => Array.from(records, ({ peer }) => peer)

function put(in_: Book, peer: string, as: 'offering' | 'resting' | 'down', rttMs = 5): void {
  const record = in_.meet(peer)
  record.up = as !== 'down'
  record.rtt = { mean: rttMs, deviation: 0, at: 0, samples: 9 }
  record.word = as === 'offering' ? { state: idle(), at: 0, foreign: 0, full: 0 } : undefined
  in_.settle(record)
}

test('a stranger is down until it is up', () => {
  const peers = book(distanceOf)
  peers.meet('x')
  expect(ids(peers.down)).toEqual(['x'])
  put(peers, 'x', 'resting')
  expect([ids(peers.down), ids(peers.resting)]).toEqual([[], ['x']])
  put(peers, 'x', 'offering')
  expect([ids(peers.resting), ids(peers.offering)]).toEqual([[], ['x']])
})

test('runners stand by distance, and move with it', () => {
  const peers = book(distanceOf)
  for (const [peer, ms] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
  ] as const)
    put(peers, peer, 'offering', ms)
  expect(ids(peers.offering)).toEqual(['a', 'b', 'c'])
  put(peers, 'a', 'offering', 40)
  expect(ids(peers.offering)).toEqual(['b', 'c', 'a'])
})

test('beyond its size it forgets who is down longest', () => {
  const peers = book(distanceOf, 3)
  put(peers, 'near', 'offering')
  put(peers, 'gone first', 'down')
  put(peers, 'gone second', 'down')
  put(peers, 'new', 'offering', 7)
  expect(peers.get('gone first')).toBeUndefined()
  put(peers, 'newer', 'offering', 9)
  expect(peers.get('gone second')).toBeUndefined()
  expect(ids(peers.offering)).toEqual(['near', 'new', 'newer'])
})

test('where all are up, those go that run nothing, then the farthest', () => {
  const peers = book(distanceOf, 3)
  put(peers, 'near', 'offering', 1)
  put(peers, 'far', 'offering', 100)
  put(peers, 'phone', 'resting')
  put(peers, 'x', 'offering', 2)
  expect(peers.get('phone')).toBeUndefined()
  put(peers, 'y', 'offering', 3)
  expect(ids(peers.offering)).toEqual(['near', 'x', 'y'])
  expect(peers.size).toBe(3)
})

test('whatever changes, everybody is in one place, in order, and within bounds', () => {
  const change = fc.record({
    peer: fc.integer({ min: 0, max: 30 }).map(String),
    as: fc.constantFrom('offering', 'resting', 'down'),
    rttMs: fc.integer({ min: 0, max: 5 }),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const peers = book(distanceOf, 12)
      for (const { peer, as, rttMs } of changes) put(peers, peer, as, rttMs)
      const all = [...ids(peers.offering), ...ids(peers.resting), ...ids(peers.down)]
      expect(new Set(all).size).toBe(all.length)
      expect(all).toHaveLength(peers.size)
      expect(peers.size).toBeLessThanOrEqual(12)
      const distances = peers.offering.map(({ rtt }) => distanceMs(rtt))
      expect(distances).toEqual(distances.toSorted((a, b) => a - b))
    }),
  )
})
