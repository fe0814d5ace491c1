import { expect, test } from 'vitest'
import { shares, type Taker } from '../src/shares.ts'
import { manualTime } from './helpers/manual-timers.ts'

const taker = (peer: string, place: string = peer, isKnown = () => false): Taker => ({ peer, place, isKnown })
const each = { maxBytes: 100, eachMaxBytes: 60, placeMaxBytes: 60, keptBytes: 0 }

test('one peer gets no more than its share, and all together no more than there is', () => {
  const all = shares(each)
  const [one, other] = [all.of(taker('one')), all.of(taker('other'))]
  expect([one.take(60), one.take(1)]).toEqual([true, false])
  expect([other.take(41), other.take(40)]).toEqual([false, true])
  one.giveBack(60)
  expect([other.take(21), other.take(20)]).toEqual([false, true])
})

test('a peer has one share, however often it comes', () => {
  const all = shares(each)
  const first = all.of(taker('one'))
  expect(first.take(50)).toBe(true)
  first.leave()
  const again = all.of(taker('one'))
  expect(again.take(11)).toBe(false)
  first.giveBack(50)
  expect(again.take(60)).toBe(true)
})

test('a peer that holds nothing and has left is forgotten', () => {
  const all = shares(each)
  const share = all.of(taker('one'))
  expect(all.of(taker('one'))).toBe(share)
  share.leave()
  expect(share.take(60)).toBe(true)
  share.leave()
  expect(all.of(taker('one'))).toBe(share)
  share.leave()
  share.giveBack(60)
  expect(all.of(taker('one'))).not.toBe(share)
})

test('who waits for room gets it when there is enough, and not for ever', async () => {
  const time = manualTime()
  const all = shares(each)
  const [one, other, third] = [all.of(taker('one')), all.of(taker('other')), all.of(taker('third'))]
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

test('those at one address get no more than one address may have, but for this machine', () => {
  const all = shares({ ...each, placeMaxBytes: 70 })
  const [one, two, far] = [all.of(taker('one', 'a')), all.of(taker('two', 'a')), all.of(taker('far', 'b'))]
  expect([one.take(60), two.take(11), two.take(10), far.take(30)]).toEqual([true, false, true, true])
  one.giveBack(60)
  expect([two.take(50), far.take(11)]).toEqual([true, false])
  two.giveBack(60)
  const here = ['x', 'y'].map((peer) => all.of(taker(peer, 'loopback')))
  expect(here.map((share) => share.take(35))).toEqual([true, true])
})

test('an address begins anew when all who hold something there are gone', () => {
  const all = shares(each)
  const one = all.of(taker('one', 'a'))
  expect(one.take(60)).toBe(true)
  one.leave()
  expect(all.of(taker('two', 'a')).take(1)).toBe(false)
  one.giveBack(60)
  expect(all.of(taker('three', 'a')).take(60)).toBe(true)
})

test('a part is for those that are known, wherever they are, and however much strangers hold', () => {
  const all = shares({ ...each, keptBytes: 20 })
  let known = false
  const [one, two] = [all.of(taker('one', 'a')), all.of(taker('two', 'b'))]
  const friend = all.of(taker('friend', 'a', () => known))
  expect([one.take(60), two.take(21), two.take(20)]).toEqual([true, false, true])
  expect(friend.take(20)).toBe(false)
  known = true
  expect([friend.take(21), friend.take(20), friend.take(1)]).toEqual([false, true, false])
  friend.giveBack(20)
  one.giveBack(60)
  expect([friend.take(60), two.take(1)]).toEqual([true, false])
  friend.giveBack(60)
  expect(two.take(40)).toBe(true)
})
