import { HitherError } from '@hither/core'
import { expect, test } from 'vitest'
import { inHand } from '../src/in-hand.ts'

test('what ends in time has finished, also where it failed; what was refused has not, and the rest is cut', async () => {
  const work = inHand()
  const [good, bad, refused] = [Promise.withResolvers(), Promise.withResolvers(), Promise.withResolvers()]
  work.hold(Promise.resolve('before'))
  await Promise.resolve()
  for (const { promise } of [good, bad, refused]) work.hold(promise)
  work.hold(new Promise(() => {}))
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
  work.hold(first.promise.then(() => work.hold(second.promise)))
  const drained = work.over(60_000)
  first.resolve()
  setImmediate(second.resolve)
  expect(await drained).toEqual({ finished: 2, cut: 0 })
})

test('without time all is cut', async () => {
  const work = inHand()
  work.hold(new Promise(() => {}))
  expect(await work.over(0)).toEqual({ finished: 0, cut: 1 })
})
