import { HitherError, NO_RUN, type Answer, type ErrorCode } from '@hither/core'
import { expect, test, vi } from 'vitest'
import { REPLAY_BODY_BYTES, REPLAY_MS, REPLAYS_MAX } from '../src/limits.ts'
import { replays } from '../src/serve/replay.ts'
import { metrics } from './fakes.ts'

const { signal } = new AbortController()

const answer = (size = 1): Answer => ({ body: new Uint8Array(size), trailer: { metrics } })

test('a call with a known key is answered again, not run again, also while it still runs', async () => {
  const kept = replays(() => 0)
  const run = vi.fn(async () => answer())
  const [first, second] = await Promise.all([kept.once('k', run, signal), kept.once('k', run, signal)])
  expect(second).toBe(first)
  const third = await kept.once('k', run, signal)
  expect(third).toEqual({ ...first, trailer: { metrics: NO_RUN, replayed: true } })
  expect(run).toHaveBeenCalledTimes(1)
  await kept.once('other', run, signal)
  await kept.once(undefined, run, signal)
  await kept.once(undefined, run, signal)
  expect(run).toHaveBeenCalledTimes(4)
})

test('a failure of a handler that began is kept; a refusal, a large answer and an old one are not', async () => {
  let now = 1
  const kept = replays(() => now)
  const ends = (code: ErrorCode) => vi.fn(() => Promise.reject(new HitherError(code, 'no')))
  for (const [code, runs] of [
    ['handler-failed', 1],
    ['cancelled', 1],
    ['busy', 2],
  ] as const) {
    const run = ends(code)
    await expect(kept.once(code, run, signal)).rejects.toMatchObject({ code })
    await expect(kept.once(code, run, signal)).rejects.toMatchObject({ code })
    expect(run).toHaveBeenCalledTimes(runs)
  }

  const large = vi.fn(async () => answer(REPLAY_BODY_BYTES + 1))
  await kept.once('l', large, signal)
  await kept.once('l', large, signal)
  expect(large).toHaveBeenCalledTimes(2)

  const old = vi.fn(async () => answer())
  await kept.once('o', old, signal)
  now += REPLAY_MS + 1
  await kept.once('o', old, signal)
  expect(old).toHaveBeenCalledTimes(2)
})

test('what is kept is bounded', async () => {
  const kept = replays(() => 0)
  const run = vi.fn(async () => answer())
  for (let i = 0; i < REPLAYS_MAX + 10; i++) await kept.once(`k${i}`, run, signal)
  await kept.once('k0', run, signal)
  expect(run).toHaveBeenCalledTimes(REPLAYS_MAX + 11)
})
