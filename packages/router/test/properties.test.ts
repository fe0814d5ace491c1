import {
  ERRORS,
  type ErrorCode,
  type Observation,
  type PeerId,
  type Placement,
  type Route,
  type Tier,
} from '@hither/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { CID_A, CID_B, query, seeded, warmWith } from './fixtures.ts'

const peer: fc.Arbitrary<PeerId> = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const cid = fc.constantFrom(CID_A, CID_B)
const publisher = fc.constantFrom('k1', 'k2')
const code = fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[]))
const ms = fc.double({ min: 0, max: 1e6, noNaN: true })

const state = fc.record({
  accepting: fc.boolean(),
  slots: fc.nat(4),
  busy: fc.nat(6),
  queued: fc.nat(3),
  priceMs: ms,
  admits: fc.constantFrom('anyone' as const, 'listed' as const),
  tier: fc.constantFrom<Tier[]>('process', 'filtered'),
  grants: fc.constantFrom<string[]>([], ['wasm']),
  warm: fc.constantFrom(warmWith(), warmWith(CID_A), warmWith(CID_A, CID_B)),
})
const metrics = fc.record({ fetchMs: ms, queueMs: ms, startMs: ms, runMs: ms, cpuMs: ms, cold: fc.boolean() })

const observation: fc.Arbitrary<Observation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('up' as const), peer }) },
  fc.record({ type: fc.constant('down' as const), peer }),
  fc.record({ type: fc.constant('rtt' as const), peer, ms: fc.double() }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('state' as const), peer, state }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('sent' as const), peer, cid }) },
  fc.record({ type: fc.constant('answered' as const), peer, cid, metrics }),
  fc.record({ type: fc.constant('refused' as const), peer, cid, publisher, code }),
  fc.record({ type: fc.constant('failed' as const), peer, cid, code }),
)
const timeline = fc.array(fc.tuple(observation, fc.nat(3000)), { maxLength: 80 })
const asked = fc.record({
  cid,
  publisher,
  needs: fc.constantFrom<string[]>([], ['wasm']),
  tried: fc.uniqueArray(peer, { maxLength: 3 }).map((peers) => new Set(peers)),
})

interface Told {
  placement: Placement
  up: Set<PeerId>
  /** What each peer that is up said last. */
  states: Map<PeerId, { accepting: boolean; grants: string[] }>
  now: number
}

function told(events: [Observation, number][], seed = 1): Told {
  const placement = router()({ random: seeded(seed) })
  const it: Told = { placement, up: new Set(), states: new Map(), now: 0 }
  for (const [seen, pauseMs] of events) {
    it.now += pauseMs
    placement.observe(seen, it.now)
    if (seen.type === 'up') it.up.add(seen.peer)
    if (seen.type === 'down') it.up.delete(seen.peer)
    if (seen.type === 'down') it.states.delete(seen.peer)
    if (seen.type === 'state') it.states.set(seen.peer, seen.state)
  }
  return it
}

describe('whatever was observed', () => {
  test('the choice is up, accepts, grants what is needed, was not tried, and is a candidate', () => {
    fc.assert(
      fc.property(timeline, asked, (events, question) => {
        const { placement, up, states, now } = told(events)
        const { choice, candidates } = placement.route(question, now)
        for (const chosen of [choice, ...candidates.map((one) => one.peer)]) {
          if (chosen === undefined) continue
          expect(up.has(chosen)).toBe(true)
          expect(states.get(chosen)?.accepting).toBe(true)
          expect(states.get(chosen)?.grants).toEqual(expect.arrayContaining(question.needs))
          expect(question.tried.has(chosen)).toBe(false)
        }
        const peers = candidates.map((one) => one.peer)
        expect(peers.length === 0 ? [undefined] : peers).toContain(choice)
      }),
    )
  })

  test('predictions are finite, no part is negative, the parts add up, and the best comes first', () => {
    fc.assert(
      fc.property(timeline, asked, (events, question) => {
        const { placement, now } = told(events)
        const { candidates } = placement.route(question, now)
        const totals = candidates.map(({ predicted }) => predicted.totalMs)
        expect(totals).toEqual(totals.toSorted((a, b) => a - b))
        for (const { predicted } of candidates) {
          const { totalMs, ...parts } = predicted
          for (const part of Object.values(parts)) expect(part).toBeGreaterThanOrEqual(0)
          const sum = Object.values(parts).reduce((a, b) => a + b)
          expect(Number.isFinite(totalMs)).toBe(true)
          expect(Math.abs(totalMs - sum)).toBeLessThanOrEqual(1e-9 * totalMs)
        }
      }),
    )
  })

  test('everybody known is either a candidate or left out with a reason', () => {
    fc.assert(
      fc.property(timeline, asked, (events, question) => {
        const { placement, now } = told(events)
        const { candidates, skipped } = placement.route(question, now)
        const known = new Set(events.map(([seen]) => seen.peer))
        expect(new Set([...candidates, ...skipped].map((one) => one.peer))).toEqual(known)
        for (const { why } of skipped) expect(why).toMatch(/\w/)
      }),
    )
  })

  test('the same seed and observations give the same routes', () => {
    const routes = (events: [Observation, number][], seed: number): Route[] => {
      const { placement, now } = told(events, seed)
      return Array.from({ length: 5 }, () => placement.route(query(), now))
    }
    fc.assert(
      fc.property(timeline, fc.nat(), (events, seed) => {
        expect(routes(events, seed)).toEqual(routes(events, seed))
      }),
    )
  })

  test('asking changes nothing: candidates and reasons stay', () => {
    fc.assert(
      fc.property(timeline, asked, (events, question) => {
        const { placement, now } = told(events)
        const { choice: _, ...first } = placement.route(question, now)
        for (let i = 0; i < 5; i++) {
          const { choice, ...again } = placement.route(question, now)
          expect(again).toEqual(first)
          const peers = first.candidates.map((one) => one.peer)
          expect(peers.length === 0 ? [undefined] : peers).toContain(choice)
        }
      }),
    )
  })
})
