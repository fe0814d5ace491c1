import { HitherError, NO_RUN, piecesOf, type Answer, type Clock, type ErrorCode, type WholeAnswer } from '@hither/core'
import { expect, test, vi } from 'vitest'
import {
  LEFT_RUNS_PER_CALLER_MAX,
  REPLAY_BODY_BYTES,
  REPLAY_FACTS_PER_CALLER_MAX,
  REPLAY_MS,
  REPLAYS_PER_CALLER_MAX,
} from '../src/limits/serving.ts'
import { replays, type AskedOnce, type Replays } from '../src/serve/replay.ts'
import { metrics } from './fakes.ts'

const { signal } = new AbortController()

const noTimers = { after: () => () => undefined }

const replaysAt = (now: Clock): Replays => replays({ now, timers: noTimers })

const key = (text: string | undefined, streamed = false): AskedOnce => ({ key: text, streamed, remainingMs: 60_000 })

const answer = (size = 1): WholeAnswer => ({ body: new Uint8Array(size), trailer: { metrics } })

test('a call with a known key is answered again, not run again, also while it still runs', async () => {
  const kept = replaysAt(() => 0)
  const run = vi.fn(async () => answer())
  const [first, second] = await Promise.all([
    kept.once('ann', key('k'), run, signal),
    kept.once('ann', key('k'), run, signal),
  ])
  // What it took was not waited for by the second one, which may have come just now.
  expect(second).toEqual({ ...first, trailer: { metrics: NO_RUN, replayed: true } })
  const third = await kept.once('ann', key('k'), run, signal)
  expect(third).toEqual(second)
  expect(run).toHaveBeenCalledTimes(1)
  await kept.once('ann', key('other'), run, signal)
  await kept.once('ann', key(undefined), run, signal)
  await kept.once('ann', key(undefined), run, signal)
  expect(run).toHaveBeenCalledTimes(4)
})

test('a failure of a handler that may have begun is kept; what never did, a refusal and an old answer are not', async () => {
  let now = 1
  const kept = replaysAt(() => now)
  const ends = (code: ErrorCode, data: Record<string, unknown>) =>
    vi.fn(() => Promise.reject(new HitherError(code, 'no', { data })))
  for (const [code, runs, data] of [
    ['handler-failed', 1, {}],
    ['cancelled', 1, { metrics }],
    ['cancelled', 2, {}],
    ['timeout', 1, { metrics }],
    ['timeout', 2, {}],
    ['busy', 2, {}],
  ] as const) {
    const run = ends(code, data)
    const same = key(`${code} ${runs}`)
    await expect(kept.once('ann', same, run, signal)).rejects.toMatchObject({ code })
    await expect(kept.once('ann', same, run, signal)).rejects.toMatchObject({ code })
    expect(run).toHaveBeenCalledTimes(runs)
  }

  const old = vi.fn(async () => answer())
  await kept.once('ann', key('o'), old, signal)
  now += REPLAY_MS + 1
  await kept.once('ann', key('o'), old, signal)
  expect(old).toHaveBeenCalledTimes(2)
})

test('what is kept is bounded: of older ones the fact, which keeps them from running again, and of the oldest nothing', async () => {
  const kept = replaysAt(() => 0)
  const run = vi.fn(async () => answer())
  const most = REPLAYS_PER_CALLER_MAX + REPLAY_FACTS_PER_CALLER_MAX
  for (let i = 0; i <= most; i++) await kept.once('ann', key(`k${i}`), run, signal)
  const again = (i: number): Promise<Answer> => kept.once('ann', key(`k${i}`), run, signal)
  expect(await again(REPLAY_FACTS_PER_CALLER_MAX + 1)).toMatchObject({ trailer: { replayed: true } })
  for (const i of [1, REPLAY_FACTS_PER_CALLER_MAX]) {
    await expect(again(i)).rejects.toMatchObject({
      code: 'already-ran',
      message: 'the call ran already, and its answer is kept no longer',
    })
  }
  expect(run).toHaveBeenCalledTimes(most + 1)
  await again(0)
  expect(run).toHaveBeenCalledTimes(most + 2)
})

test('of a large answer the fact is kept: it is not run again, and the caller is told', async () => {
  const kept = replaysAt(() => 1)
  const large = vi.fn(async () => answer(REPLAY_BODY_BYTES + 1))
  await kept.once('ann', key('l'), large, signal)
  await expect(kept.once('ann', key('l'), large, signal)).rejects.toMatchObject({ code: 'already-ran' })
  expect(large).toHaveBeenCalledTimes(1)
})

test('no caller sees or pushes out what another has', async () => {
  const kept = replaysAt(() => 1)
  const run = vi.fn(async () => answer())
  await kept.once('ann', key('k'), run, signal)
  for (let i = 0; i < 1000; i++) await kept.once('mallory', key(i === 0 ? 'k' : `k${i}`), run, signal)
  expect(run).toHaveBeenCalledTimes(1001)
  expect(await kept.once('ann', key('k'), run, signal)).toMatchObject({ trailer: { replayed: true } })
  expect(run).toHaveBeenCalledTimes(1001)
})

test('a streamed answer is read by who asked first; whoever asks again is told that it ran', async () => {
  const kept = replaysAt(() => 1)
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
  const kept = replaysAt(() => 1)
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

const gaveUp = new HitherError('timeout', 'the deadline passed')

test('whoever gives up waits no longer, first or not, and the others hear how it ended', async () => {
  const kept = replaysAt(() => 1)
  const outcome = Promise.withResolvers<Answer>()
  const run = vi.fn(() => outcome.promise)
  const [first, second] = [new AbortController(), new AbortController()]
  const calls = [first.signal, second.signal, signal].map((ends) => kept.once('ann', key('k'), run, ends))
  second.abort(gaveUp)
  await expect(calls[1]).rejects.toBe(gaveUp)
  first.abort(gaveUp)
  await expect(calls[0]).rejects.toBe(gaveUp)
  outcome.resolve(answer())
  expect(await calls[2]).toMatchObject({ body: answer().body, trailer: { replayed: true } })
  expect(run).toHaveBeenCalledTimes(1)
  await expect(kept.once('ann', key('other'), run, first.signal)).rejects.toBe(gaveUp)
  expect(run).toHaveBeenCalledTimes(1)
})

test('a stream that comes when its caller has given up is left', async () => {
  const kept = replaysAt(() => 1)
  const outcome = Promise.withResolvers<Answer>()
  const stream = piecesOf(Uint8Array.of(1))
  const left = vi.spyOn(stream, 'return')
  const ends = new AbortController()
  const call = kept.once('ann', key('s'), () => outcome.promise, ends.signal)
  ends.abort(gaveUp)
  await expect(call).rejects.toBe(gaveUp)
  outcome.resolve({ head: { status: 200, headers: [] }, body: stream, trailer: Promise.resolve({ metrics }) })
  await expect.poll(() => left.mock.calls.length).toBe(1)
})

test('of the calls that a caller leaves running, those that are too many are ended', async () => {
  const kept = replaysAt(() => 1)
  const outcomes: ((answer: Answer) => void)[] = []
  const run = (): Promise<Answer> => new Promise((resolve) => void outcomes.push(resolve))
  const ends = new AbortController()
  const given = Array.from({ length: LEFT_RUNS_PER_CALLER_MAX }, (_, n) =>
    kept.once('ann', key(`k${n}`), run, ends.signal),
  )
  ends.abort(gaveUp)
  await Promise.allSettled(given)
  const more = new AbortController()
  const ended = vi.fn((until: AbortSignal) => {
    until.addEventListener('abort', () => outcomes.at(-1)?.(answer()))
    return run()
  })
  const abandoned = kept.once('ann', key('more than that'), ended, more.signal)
  more.abort(gaveUp)
  await expect(abandoned).rejects.toBe(gaveUp)
  expect(ended.mock.calls[0]?.[0].reason).toMatchObject({ code: 'cancelled' })
  const bob = kept.once('bob', key('more'), run, signal)
  outcomes.forEach((end) => end(answer()))
  expect(await bob).toEqual(answer())
  expect(await kept.once('ann', key('more'), async () => answer(), signal)).toEqual(answer())
})
