import type { PeerId } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { newRecord, type PeerRecord } from '../src/peer-record.ts'
import { judge, restMs } from '../src/trial.ts'
import { CID_A, meet, metrics, query, seeded } from './fixtures.ts'

const random = seeded(1)
const FIRST_MS = 10_000

/** A runner that was late by far so many times, a minute apart, the last time at 0. */
function late(times: number): PeerRecord {
  const record = newRecord('liar')
  for (let time = 1 - times; time <= 0; time++) {
    const at = time * 60_000
    for (let i = 0; i < 3; i++)
      record.trial = judge(record.trial, { lateMs: 2000, isOutlier: true, sentAt: at - 2000 }, random, at)
    // None of those is used long enough to end its trial.
    record.calledAt = at - 2000
  }
  return record
}

/** Answers in time, each to a call sent as soon as one may be: when the trial was over. */
function mend(record: PeerRecord): number {
  let now = 0
  for (let tries = 0; (record.trial?.pauseMs ?? 0) > 0 && tries < 1000; tries++) {
    now += restMs(record, now)
    record.calledAt = now
    record.trial = judge(record.trial, { lateMs: 0, isOutlier: false, sentAt: now }, random, now + 20)
    now += 20
  }
  return now
}

describe('a runner that was late by far', () => {
  test('rests for longer with each time that it was; all that are late together are one time', () => {
    const rests = [0, 1, 2, 3].map((times) => restMs(late(times), 0))
    for (const [times, rest] of rests.entries()) {
      if (times === 0) expect(rest).toBe(0)
      else {
        expect(rest).toBeGreaterThan(0.3 * FIRST_MS * 4 ** (times - 1))
        expect(rest).toBeLessThan(1.6 * FIRST_MS * 4 ** (times - 1))
      }
    }
  })

  test('is not tried by all callers at once', () => {
    const rests = Array.from({ length: 50 }, () => restMs(late(1), 0))
    expect(Math.max(...rests) - Math.min(...rests)).toBeGreaterThan(0.8 * FIRST_MS)
  })

  test('rests again after each call that tries it', () => {
    const record = late(2)
    const now = restMs(record, 0)
    expect(restMs(record, now)).toBeLessThan(1)
    record.calledAt = now
    expect(restMs(record, now + 1)).toBeGreaterThan(0.3 * 4 * FIRST_MS)
  })

  test('is soon as good as any where that was once, and takes longer where it was often', () => {
    const [once, often] = [mend(late(1)), mend(late(3))]
    expect(once).toBeLessThan(60_000)
    expect(often).toBeGreaterThan(3 * once)
  })

  test('is on trial longer where it is late once more by what is little else', () => {
    const record = late(1)
    const now = restMs(record, 0)
    const before = record.trial?.pauseMs ?? 0
    const little = { lateMs: 300, isOutlier: false, sentAt: now }
    expect(judge(record.trial, little, random, now + 300)?.pauseMs).toBeGreaterThan(before)
    expect(judge(undefined, little, random, now + 300)).toBeUndefined()
  })

  test('is forgiven where nobody needs it for long', () => {
    expect(restMs(late(3), 60 * 60_000)).toBe(0)
  })
})

test('of two runners, who is late by far whenever it is used gets a few calls a minute, and the other all the rest', () => {
  const ways: Record<PeerId, number> = { liar: 2, honest: 20 }
  const placement = router()({ random })
  for (const [peer, ms] of Object.entries(ways)) meet(placement, peer, ms)
  const ends: { at: number; end: () => void }[] = []
  const asked: PeerId[] = []
  for (let now = 0; now < 5 * 60_000; now += 15) {
    ends.sort((a, b) => a.at - b.at)
    for (let next = ends[0]; next !== undefined && next.at <= now; next = ends[0]) {
      ends.shift()
      next.end()
    }
    const peer = placement.route(query(), now).choice ?? ''
    asked.push(peer)
    placement.observe({ type: 'sent', peer, cid: CID_A }, now)
    // Who has several calls at once lets them wait, and says that it was idle.
    const underWay = ends.filter(({ at }) => at > now).length
    const ms = (ways[peer] ?? 0) + 20 + (peer === 'liar' && underWay > 0 ? 3000 : 0)
    const measures = metrics({ runMs: 20 })
    ends.push({
      at: now + ms,
      end: () => placement.observe({ type: 'answered', peer, cid: CID_A, metrics: measures, ms }, now + ms),
    })
  }
  const last = asked.slice(-4000)
  expect(last.filter((peer) => peer === 'liar').length).toBeLessThan(40)
})

test('a decision says for how long whoever rests will not be tried', () => {
  const placement = router()({ random })
  for (const [peer, ms] of [
    ['near', 2],
    ['far', 40],
  ] as const)
    meet(placement, peer, ms)
  expect(placement.route(query(), 0)).toMatchObject({ choice: 'near' })
  placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, 0)
  placement.observe({ type: 'answered', peer: 'near', cid: CID_A, metrics: metrics(), ms: 8000 }, 8000)
  const { choice, candidates } = placement.route(query(), 8000)
  expect(choice).toBe('far')
  const rests = candidates.map(({ peer, restMs: ms = 0 }) => [peer, ms > 0.4 * FIRST_MS && ms < 1.6 * FIRST_MS])
  expect(rests).toEqual([
    ['far', false],
    ['near', true],
  ])
})
