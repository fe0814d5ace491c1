import type { Observation, RunMetrics } from '@hither/core'
import { expect, test } from 'vitest'
import type { CallComponents, CompleteTrailer, Journey } from '../src/call/journey.ts'
import { learn } from '../src/call/learn.ts'
import { fakeLinks, metrics as honest } from './fakes.ts'

type Seen = Parameters<typeof learn>[4]

/** What the router is told of an answer that a call, which began 100 ms ago, was given by this peer. */
function observed(
  seen: Seen,
  told: Partial<RunMetrics>,
  { peer = 'liar', replayed = false }: { peer?: string; replayed?: boolean } = {},
): Observation[] {
  const heard: Observation[] = []
  const on = {
    placement: { observe: (one: Observation) => void heard.push(one) },
    links: fakeLinks({ liar: { rttMs: 20 } }),
    now: () => 1000,
    presence: { wasAway: () => false },
    scores: { add() {} },
  } as unknown as CallComponents
  const journey = { header: { cid: 'x' }, body: { bytes: () => 0 }, startedAt: 900 } as unknown as Journey
  const metrics = { ...honest, ...told }
  const trailer = { metrics, said: metrics, ...(replayed && { replayed }) } as unknown as CompleteTrailer
  learn(on, journey, { peer, at: 975, predicted: undefined }, trailer, seen)
  return heard
}

function learnt(...given: Parameters<typeof observed>): { metrics: RunMetrics | undefined; caught: boolean } {
  const heard = observed(...given)
  const answered = heard.find((one) => one.type === 'answered')
  return { metrics: answered?.metrics, caught: heard.some(({ type }) => type === 'caught') }
}

const LIES = { fetchMs: 1e15, queueMs: 1e15, startMs: 1e15, runMs: 1e15, cold: true }

test('of a lie no more is learnt than was waited for, and whoever told it is caught', () => {
  expect(learnt({ ms: 25, bytes: 1 }, LIES)).toEqual({
    metrics: { ...honest, fetchMs: 25, queueMs: 25, startMs: 25, runMs: 25, cold: true },
    caught: true,
  })
  const truth = { startMs: 2, runMs: 5 }
  expect(learnt({ ms: 25, bytes: 1 }, truth)).toEqual({ metrics: { ...honest, ...truth }, caught: false })
})

test('nor of how a stream began, whose run is what was waited for its head', () => {
  expect(learnt({ toHeadMs: 30 }, { ...LIES, runMs: 1 }).metrics).toMatchObject({ startMs: 30, fetchMs: 30, runMs: 0 })
  expect(learnt({ toHeadMs: 30 }, { startMs: 4, runMs: 1e15 }).metrics).toMatchObject({ startMs: 4, runMs: 6 })
})

test('of an answer that is given again a run within this call is learnt, and none of an earlier one; one’s own is known', () => {
  const again = { replayed: true }
  expect(learnt({ ms: 25, bytes: 1 }, { runMs: 80 }, again).metrics).toMatchObject({ runMs: 80 })
  expect(observed({ ms: 25, bytes: 1 }, { runMs: 2000 }, again)).toEqual([
    expect.objectContaining({ type: 'cancelled', ms: 0 }),
  ])
  expect(learnt({ ms: 25, bytes: 1 }, { runMs: 5000 }, { ...again, peer: 'self' }).metrics).toMatchObject({
    runMs: 5000,
  })
})
