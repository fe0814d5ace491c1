import { expect, test } from 'vitest'
import { shares } from '../src/shares.ts'
import { manualTime } from './helpers/manual-timers.ts'

test('one peer gets no more than its share, and all together no more than there is', () => {
  const all = shares({ maxBytes: 100, eachMaxBytes: 60 })
  const [one, other] = [all.of('one'), all.of('other')]
  expect([one.take(60), one.take(1)]).toEqual([true, false])
  expect([other.take(41), other.take(40)]).toEqual([false, true])
  one.giveBack(60)
  expect([other.take(21), other.take(20)]).toEqual([false, true])
})

test('a peer has one share, however often it comes', () => {
  const all = shares({ maxBytes: 100, eachMaxBytes: 60 })
  const first = all.of('one')
  expect(first.take(50)).toBe(true)
  first.leave()
  const again = all.of('one')
  expect(again.take(11)).toBe(false)
  first.giveBack(50)
  expect(again.take(60)).toBe(true)
})

test('a peer that holds nothing and has left is forgotten', () => {
  const all = shares({ maxBytes: 100, eachMaxBytes: 60 })
  const share = all.of('one')
  expect(all.of('one')).toBe(share)
  share.leave()
  expect(share.take(60)).toBe(true)
  share.leave()
  expect(all.of('one')).toBe(share)
  share.leave()
  share.giveBack(60)
  expect(all.of('one')).not.toBe(share)
})

test('who waits for room gets it when there is enough, and not for ever', async () => {
  const time = manualTime()
  const all = shares({ maxBytes: 100, eachMaxBytes: 60 })
  const [one, other, third] = [all.of('one'), all.of('other'), all.of('third')]
  expect(await one.takeSoon(60, 50, time.timers)).toBe(true)
  const waits = other.takeSoon(60, 50, time.timers)
  const inVain = third.takeSoon(50, 50, time.timers)
  one.giveBack(20)
  expect(await waits).toBe(true)
  time.advance(50)
  expect(await inVain).toBe(false)
  other.giveBack(60)
  expect(third.take(60)).toBe(true)
})
