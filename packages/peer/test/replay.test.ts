import { HitherError, NO_RUN, piecesOf, type Answer, type ErrorCode, type WholeAnswer } from '@hither/core'
import { expect, test, vi } from 'vitest'
import { REPLAY_BODY_BYTES, REPLAY_MS, REPLAYS_PER_CALLER_MAX } from '../src/limits/serving.ts'
import { replays, type AskedOnce } from '../src/serve/replay.ts'
import { metrics } from './fakes.ts'

const { signal } = new AbortController()

const key = (text: string | undefined, streamed = false): AskedOnce => ({ key: text, streamed })

const answer = (size = 1): WholeAnswer => ({ body: new Uint8Array(size), trailer: { metrics } })

test('a call with a known key is answered again, not run again, also while it still runs', async () => {
  const kept = replays(() => 0)
  const run = vi.fn(async () => answer())
  const [first, second] = await Promise.all([
    kept.once('ann', key('k'), run, signal),
    kept.once('ann', key('k'), run, signal),
  ])
  expect(second).toBe(first)
  const third = await kept.once('ann', key('k'), run, signal)
  expect(third).toEqual({ ...first, trailer: { metrics: NO_RUN, replayed: true } })
  expect(run).toHaveBeenCalledTimes(1)
  await kept.once('ann', key('other'), run, signal)
  await kept.once('ann', key(undefined), run, signal)
  await kept.once('ann', key(undefined), run, signal)
  expect(run).toHaveBeenCalledTimes(4)
})

test('a failure of a handler that began is kept; a refusal and an old answer are not', async () => {
  let now = 1
  const kept = replays(() => now)
  const ends = (code: ErrorCode) => vi.fn(() => Promise.reject(new HitherError(code, 'no')))
  for (const [code, runs] of [
    ['handler-failed', 1],
    ['cancelled', 1],
    ['busy', 2],
  ] as const) {
    const run = ends(code)
    await expect(kept.once('ann', key(code), run, signal)).rejects.toMatchObject({ code })
    await expect(kept.once('ann', key(code), run, signal)).rejects.toMatchObject({ code })
    expect(run).toHaveBeenCalledTimes(runs)
  }

  const old = vi.fn(async () => answer())
  await kept.once('ann', key('o'), old, signal)
  now += REPLAY_MS + 1
  await kept.once('ann', key('o'), old, signal)
  expect(old).toHaveBeenCalledTimes(2)
})

test('what is kept is bounded', async () => {
  const kept = replays(() => 0)
  const run = vi.fn(async () => answer())
  for (let i = 0; i < REPLAYS_PER_CALLER_MAX + 10; i++) await kept.once('ann', key(`k${i}`), run, signal)
  await kept.once('ann', key('k0'), run, signal)
  expect(run).toHaveBeenCalledTimes(REPLAYS_PER_CALLER_MAX + 11)
})

test('of a large answer the fact is kept: it is not run again, and the caller is told', async () => {
  const kept = replays(() => 1)
  const large = vi.fn(async () => answer(REPLAY_BODY_BYTES + 1))
  await kept.once('ann', key('l'), large, signal)
  await expect(kept.once('ann', key('l'), large, signal)).rejects.toMatchObject({ code: 'already-ran' })
  expect(large).toHaveBeenCalledTimes(1)
})

test('no caller sees or pushes out what another has', async () => {
  const kept = replays(() => 1)
  const run = vi.fn(async () => answer())
  await kept.once('ann', key('k'), run, signal)
  for (let i = 0; i < 1000; i++) await kept.once('mallory', key(i === 0 ? 'k' : `k${i}`), run, signal)
  expect(run).toHaveBeenCalledTimes(1001)
  expect(await kept.once('ann', key('k'), run, signal)).toMatchObject({ trailer: { replayed: true } })
  expect(run).toHaveBeenCalledTimes(1001)
})

test('a streamed answer is read by who asked first; whoever asks again is told that it ran', async () => {
  const kept = replays(() => 1)
  const streamed: Answer = {
    head: { status: 200, headers: [] },
    body: piecesOf(Uint8Array.of(1)),
    trailer: Promise.resolve({ metrics }),
  }
  const run = vi.fn(async () => streamed)
  const [first, second] = await Promise.allSettled([
    kept.once('ann', key('s'), run, signal),
    kept.once('ann', key('s'), run, signal),
  ])
  expect(first).toMatchObject({ status: 'fulfilled', value: streamed })
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'already-ran' } })
  await expect(kept.once('ann', key('s'), run, signal)).rejects.toMatchObject({ code: 'already-ran' })
  expect(run).toHaveBeenCalledTimes(1)
})

test('a streamed request with a key runs once, and is never answered with the answer to another', async () => {
  const kept = replays(() => 1)
  const run = vi.fn(async () => answer())
  const [first, second] = await Promise.allSettled([
    kept.once('ann', key('s', true), run, signal),
    kept.once('ann', key('s', true), run, signal),
  ])
  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({ reason: { code: 'already-ran' } })
  await expect(kept.once('ann', key('s', true), run, signal)).rejects.toMatchObject({ code: 'already-ran' })
  expect(run).toHaveBeenCalledTimes(1)
})
