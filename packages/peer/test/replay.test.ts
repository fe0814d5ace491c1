import type { Answer } from '@hither/core'
import { expect, test, vi } from 'vitest'
import { REPLAY_BODY_BYTES, REPLAY_MS, REPLAYS_MAX } from '../src/limits.ts'
import { replays } from '../src/serve/replay.ts'
import { metrics } from './fakes.ts'

const answer = (size = 1): Answer => ({ body: new Uint8Array(size), trailer: { metrics } })

test('a call with a known key is answered again, not run again, also while it still runs', async () => {
  const kept = replays(() => 0)
  const run = vi.fn(async () => answer())
  const [first, second] = await Promise.all([kept.once('k', run), kept.once('k', run)])
  expect(await kept.once('k', run)).toBe(first)
  expect(second).toBe(first)
  expect(run).toHaveBeenCalledTimes(1)
  await kept.once('other', run)
  await kept.once(undefined, run)
  await kept.once(undefined, run)
  expect(run).toHaveBeenCalledTimes(4)
})

test('failures, large answers and old ones are not kept', async () => {
  let now = 1
  const kept = replays(() => now)
  const fail = vi.fn(() => Promise.reject(new Error('no')))
  await expect(kept.once('f', fail)).rejects.toThrow('no')
  await expect(kept.once('f', fail)).rejects.toThrow('no')
  expect(fail).toHaveBeenCalledTimes(2)

  const large = vi.fn(async () => answer(REPLAY_BODY_BYTES + 1))
  await kept.once('l', large)
  await kept.once('l', large)
  expect(large).toHaveBeenCalledTimes(2)

  const old = vi.fn(async () => answer())
  await kept.once('o', old)
  now += REPLAY_MS + 1
  await kept.once('o', old)
  expect(old).toHaveBeenCalledTimes(2)
})

test('what is kept is bounded', async () => {
  const kept = replays(() => 0)
  const run = vi.fn(async () => answer())
  for (let i = 0; i < REPLAYS_MAX + 10; i++) await kept.once(`k${i}`, run)
  await kept.once('k0', run)
  expect(run).toHaveBeenCalledTimes(REPLAYS_MAX + 11)
})
