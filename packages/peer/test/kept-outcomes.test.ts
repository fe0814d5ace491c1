import { HitherError, SealTree, type WholeAnswer } from '@hither/core'
import { expect, test } from 'vitest'
import { digestWhole } from '../src/digest.ts'
import {
  REPLAY_MS,
  REPLAYS_MAX_BYTES,
  REPLAYS_PER_CALLER_MAX,
  REPLAYS_PER_CALLER_MAX_BYTES,
} from '../src/limits/serving.ts'
import { keptOutcomes, type KeptOutcomes } from '../src/serve/kept-outcomes.ts'
import { metrics } from './fakes.ts'

/** By a clock that runs only as told, and the timer that they set. */
function timed(): { kept: KeptOutcomes; pass: (ms: number) => void } {
  let time = 0
  let next: { at: number; run: () => void } | undefined
  const kept = keptOutcomes({
    now: () => time,
    timers: {
      after(ms, run) {
        expect(next).toBeUndefined()
        next = { at: time + ms, run }
        return () => expect.unreachable()
      },
    },
  })
  return {
    kept,
    pass(ms) {
      time += ms
      if (next === undefined || next.at > time) return
      const { run } = next
      next = undefined
      run()
    },
  }
}

const answer = (size = 1): WholeAnswer => ({ body: new Uint8Array(size), trailer: { metrics } })

function withFields(count: number): WholeAnswer {
  const headers = Array.from({ length: count }, (_, n): [string, string] => [`x-${n}`, 'y'.repeat(100)])
  return { ...answer(), head: { status: 200, headers } }
}

test('kept outcomes go by themselves when they are too old, touched or not', () => {
  const { kept, pass } = timed()
  kept.keep('ann', 'a', answer(1000))
  pass(REPLAY_MS / 2)
  kept.keep('bob', 'b', new HitherError('handler-failed', 'no'))
  const both = kept.bytes
  pass(REPLAY_MS / 2)
  expect(kept.get('a')).toBeUndefined()
  expect(kept.bytes).toBeLessThan(both)
  expect(kept.get('b')).toMatchObject({ code: 'handler-failed', message: 'no' })
  pass(REPLAY_MS / 2)
  expect(kept.bytes).toBe(0)
  kept.keep('ann', 'a', answer())
  pass(REPLAY_MS)
  expect(kept.bytes).toBe(0)
})

test('kept outcomes of one caller hold no more than its share, heads and errors counted', () => {
  const { kept } = timed()
  for (let n = 0; n < REPLAYS_PER_CALLER_MAX; n++) kept.keep('ann', `a${n}`, withFields(300))
  expect(kept.bytes).toBeLessThanOrEqual(REPLAYS_PER_CALLER_MAX_BYTES)
  expect(kept.get('a0')).toMatchObject({ code: 'already-ran' })
  expect(kept.get(`a${REPLAYS_PER_CALLER_MAX - 1}`)).toBeDefined()
  const before = kept.bytes
  kept.keep('bob', 'b', new HitherError('handler-failed', 'x'.repeat(8000), { data: { stack: 'y'.repeat(8000) } }))
  expect(kept.bytes - before).toBeGreaterThan(16_000)
})

test('kept outcomes of all hold no more than there is room, and who has little loses nothing to who has much', () => {
  const { kept } = timed()
  kept.keep('ann', 'a', answer())
  const large = withFields(200)
  const most = Math.ceil((1.5 * REPLAYS_MAX_BYTES) / REPLAYS_PER_CALLER_MAX_BYTES)
  kept.keep('carol', 'c', answer())
  for (let round = 0; round < REPLAYS_PER_CALLER_MAX; round++) {
    for (let n = 0; n < most; n++) kept.keep(`mallory ${n}`, `m${n} ${round}`, large)
    // Who comes again keeps its place.
    kept.keep('ann', 'a', answer())
    expect(kept.bytes).toBeLessThanOrEqual(REPLAYS_MAX_BYTES)
    expect(kept.get('a')).toBeDefined()
  }
  expect(kept.get('c')).toBeDefined()
})

test('kept outcomes hold nothing that they came with: no larger memory, no receipts of others', async () => {
  const { kept } = timed()
  const memory = new Uint8Array(1e6).fill(7)
  const leaves = [1, 2, 3].map((n) => new Uint8Array(32).fill(n))
  const tree = new SealTree(leaves, [], new Uint8Array(64))
  const body = memory.subarray(10, 20)
  kept.keep('ann', 'a', { body, trailer: { metrics, seal: Promise.resolve({ tree, at: 1 }) } })
  memory.fill(0)
  const outcome = kept.get('a') as WholeAnswer
  expect(outcome.body).toEqual(new Uint8Array(10).fill(7))
  expect(outcome.body.buffer.byteLength).toBe(10)
  const place = await outcome.trailer.seal
  expect(place?.tree.leaves).toEqual([leaves[1]])
  expect(place?.tree.seal(place.at, digestWhole)).toEqual(tree.seal(1, digestWhole))
})
