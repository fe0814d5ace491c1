import { HitherError } from '@hither/core'
import { expect, test } from 'vitest'
import { inHand, type InHand } from '../src/in-hand.ts'

/** Until it has ended, however. */
function hold(work: InHand, running: Promise<unknown>): void {
  const over = work.begin()
  running.then(() => over(), over)
}

test('what ends in time has finished, also where it failed; what was refused has not, and the rest is cut', async () => {
  const work = inHand()
  const [good, bad, refused] = [Promise.withResolvers(), Promise.withResolvers(), Promise.withResolvers()]
  hold(work, Promise.resolve('before'))
  await Promise.resolve()
  for (const { promise } of [good, bad, refused]) hold(work, promise)
  hold(work, new Promise(() => {}))
  const drained = work.over(60_000)
  good.resolve('done')
  bad.reject(new HitherError('handler-failed', 'no'))
  refused.reject(new HitherError('draining', 'no'))
  await Promise.allSettled([good.promise, bad.promise, refused.promise])
  work.hurry()
  expect(await drained).toEqual({ finished: 2, cut: 1 })
})

test('it is over as soon as all has ended, with what that led to', async () => {
  const work = inHand()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  hold(
    work,
    first.promise.then(() => hold(work, second.promise)),
  )
  const drained = work.over(60_000)
  first.resolve()
  setImmediate(second.resolve)
  expect(await drained).toEqual({ finished: 2, cut: 0 })
})

test('without time all is cut', async () => {
  const work = inHand()
  hold(work, new Promise(() => {}))
  expect(await work.over(0)).toEqual({ finished: 0, cut: 1 })
})

test('a process does not end while there is something in hand, and nothing keeps it afterwards', async () => {
  const held = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const work = inHand()
  const before = held()
  const ends = [work.begin(), work.begin()]
  const counts = [held()]
  ends[0]?.()
  counts.push(held())
  ends[1]?.()
  counts.push(held())
  work.begin()
  await work.over(0)
  expect([...counts, held()]).toEqual([before + 1, before + 1, before, before])
})
