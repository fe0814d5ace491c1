import { HitherError, piecesOf, type Answer, type CallTrailer } from '@hither/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { replays } from '../src/serve/replay.ts'
import { metrics } from './fakes.ts'

const trailer: CallTrailer = { metrics }
const whole: Answer = { body: new Uint8Array(1), trailer }

/** A run whose time is up when the test says so, and what it saw of that. */
function running(answer: Promise<Answer>) {
  const deadline = new AbortController()
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal)
  onTestFinished(() => timeout.mockRestore())
  let seen: AbortSignal | undefined
  const runs = replays({ now: () => 0, timers: { after: () => () => undefined } })
  const asked = { key: 'k', streamed: false, remainingMs: 1000 }
  const run = (signal: AbortSignal): Promise<Answer> => {
    seen = signal
    return answer
  }
  const outcome = runs.once('ann', asked, run, new AbortController().signal)
  return { outcome, isEnded: () => seen?.aborted, timeUp: () => deadline.abort() }
}

test('a run is ended when its time is up', () => {
  const { isEnded, timeUp } = running(new Promise(() => {}))
  timeUp()
  expect(isEnded()).toBe(true)
})

test('nothing waits for the deadline of a run that is over', async () => {
  const answered = running(Promise.resolve(whole))
  expect(await answered.outcome).toBe(whole)
  answered.timeUp()
  const failed = running(Promise.reject(new HitherError('busy', 'no')))
  await expect(failed.outcome).rejects.toMatchObject({ code: 'busy' })
  failed.timeUp()
  expect([answered.isEnded(), failed.isEnded()]).toEqual([false, false])
})

test.each(['ends', 'breaks'] as const)('a streamed answer has time until it %s', async (how) => {
  const end = Promise.withResolvers<CallTrailer>()
  const head = { status: 200, headers: [] }
  const streamed: Answer = { head, body: piecesOf(new Uint8Array(1)), trailer: end.promise }
  const late = running(Promise.resolve(streamed))
  await late.outcome
  late.timeUp()
  expect(late.isEnded()).toBe(true)
  const intime = running(Promise.resolve(streamed))
  await intime.outcome
  if (how === 'ends') end.resolve(trailer)
  else end.reject(new HitherError('link-lost', 'cut'))
  await end.promise.catch(() => {})
  intime.timeUp()
  expect(intime.isEnded()).toBe(false)
})
