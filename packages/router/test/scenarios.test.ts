import { beforeEach, describe, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { CID_A, CID_B, seeded } from './fixtures.ts'
import { runner, shares, world, type FakeCall, type FakeRunner, type World } from './world.ts'

const SETTLED_MS = 5000

let random: () => number
beforeEach(() => {
  random = seeded(7)
})

/** A world whose heartbeats have come round a few times. */
function settled(...runners: FakeRunner[]): World {
  const made = world(router()({ random }), runners)
  made.runUntil(SETTLED_MS)
  return made
}

/** Calls at random moments, `gapMs` apart on average, and a second for the last to end; returns those that were made. */
function load(on: World, gapMs: number, forMs: number): FakeCall[] {
  const first = on.calls.length
  const end = on.now + forMs
  for (let at = on.now; at < end; at += -Math.log(1 - random()) * gapMs) on.at(at, () => void on.call())
  on.runUntil(end + 1000)
  return on.calls.slice(first)
}

const near = (more: Partial<FakeRunner> = {}): FakeRunner => runner('near', 2, { slots: 8, ...more })
const middle = (): FakeRunner => runner('middle', 20, { slots: 64 })
const far = (): FakeRunner => runner('far', 60)

describe('three runners at 2, 20 and 60 ms', () => {
  test('idle: all calls go to the nearest', () => {
    expect(shares(load(settled(near(), middle(), far()), 50, 20_000))).toEqual({ near: expect.closeTo(1, 5) })
  })

  test('times that scatter widely do not mislead: alike runners stay alike', () => {
    const serviceMs = (): number =>
      30 * Math.exp(Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
    const on = settled(runner('near', 10, { serviceMs, slots: 64 }), runner('far', 25, { serviceMs, slots: 64 }))
    // A first call each, so that both machines have shown what they do.
    on.call()
    expect(shares(load(on, 20, 60_000))['near']).toBeGreaterThan(0.95)
  })

  test('while the nearest has a free slot, at least 95 of 100 calls go there, also when it often has none', () => {
    const nearest = near({ slots: 2 })
    const on = settled(nearest, middle(), far())
    const whileFree: FakeCall[] = []
    for (let at = on.now; at < SETTLED_MS + 30_000; at += -Math.log(1 - random()) * 15) {
      on.at(at, () => {
        const free = nearest.busy < nearest.slots
        const made = on.call()
        if (free) whileFree.push(made)
      })
    }
    on.runUntil(SETTLED_MS + 31_000)
    expect(whileFree.length).toBeGreaterThan(500)
    expect(whileFree.filter(({ asked }) => asked[0] === 'near').length / whileFree.length).toBeGreaterThan(0.95)
    expect(on.calls.every(({ by }) => by !== undefined)).toBe(true)
  })

  test('the nearest full with calls of others: the second', () => {
    const on = settled(near({ busy: 8, waiting: [() => {}] }), middle(), far())
    expect(shares(load(on, 50, 1000))).toEqual({ middle: expect.closeTo(1, 5) })
  })

  test('the nearest refuses for a while: the second, and the nearest again within two seconds', () => {
    const nearest = near()
    const on = settled(nearest, middle(), far())
    nearest.refuses = 'busy'
    const during = load(on, 20, 5000)
    expect(shares(during)['middle']).toBeGreaterThan(0.99)
    nearest.refuses = undefined
    on.runUntil(on.now + 2000)
    expect(shares(load(on, 50, 5000))).toEqual({ near: expect.closeTo(1, 5) })
  })

  test('the owner pauses the nearest and resumes: its word is enough', () => {
    const nearest = near()
    const on = settled(nearest, middle(), far())
    nearest.refuses = 'not-volunteering'
    nearest.pretends = { accepting: false }
    expect(shares(load(on, 20, 3000))['middle']).toBeGreaterThan(0.98)
    nearest.refuses = undefined
    nearest.pretends = {}
    on.runUntil(on.now + 1100)
    expect(shares(load(on, 50, 3000))).toEqual({ near: expect.closeTo(1, 5) })
  })

  test('the nearest gets 80 ms away: a handful of calls notice', () => {
    const nearest = near()
    const on = settled(nearest, middle(), far())
    load(on, 50, 3000)
    nearest.rttMs = 80
    const after = load(on, 200, 10_000)
    expect(after.filter(({ by }) => by === 'near').length).toBeLessThanOrEqual(6)
    expect(after.at(-1)?.by).toBe('middle')
  })

  test('a machine five times slower is left for a quick one that is a little farther', () => {
    const on = settled(near({ serviceMs: () => 500 }), runner('quick', 8, { serviceMs: () => 100 }))
    load(on, 100, 20_000)
    expect(shares(load(on, 100, 10_000))['quick']).toBeGreaterThan(0.9)
  })
})

describe('near-equals', () => {
  test('share the load', () => {
    const warm = (peer: string, rttMs: number): FakeRunner => runner(peer, rttMs, { warm: new Set([CID_A]) })
    const on = settled(warm('a', 20), warm('b', 20.2), warm('c', 20.4), warm('far', 40))
    const by = shares(load(on, 20, 20_000))
    for (const peer of ['a', 'b', 'c']) expect(by[peer]).toBeGreaterThan(0.25)
    expect(by['far']).toBeUndefined()
  })

  test('are not those of which one is on this machine', () => {
    const on = settled(runner('here', 0, { slots: 64 }), runner('next room', 0.4))
    expect(shares(load(on, 20, 5000))).toEqual({ here: expect.closeTo(1, 5) })
  })
})

describe('queues', () => {
  test('a short call does not wait behind a long one while others are idle', () => {
    const slow = near({ slots: 1, places: 10 })
    const on = settled(slow, middle())
    on.call(CID_B)
    slow.serviceMs = () => 60_000
    on.runUntil(on.now + 1000)
    on.call(CID_B)
    slow.serviceMs = () => 5
    on.runUntil(on.now + 1000)
    expect(slow.busy).toBe(1)
    expect(shares(load(on, 100, 2000))).toEqual({ middle: expect.closeTo(1, 5) })
  })

  test('waiting is better than going far', () => {
    const on = settled(near({ slots: 1, places: 4, serviceMs: () => 5 }), runner('moon', 2600))
    load(on, 50, 3000)
    on.call()
    const second = on.call()
    expect(second.asked).toEqual(['near'])
  })

  test('a burst spreads over those that have room, all of it is answered', () => {
    const on = settled(...Array.from({ length: 50 }, (_, i) => runner(`r${i}`, 2 + i)))
    for (let i = 0; i < 60; i++) on.call()
    on.runUntil(on.now + 1000)
    const burst = on.calls
    expect(burst.every(({ by }) => by !== undefined)).toBe(true)
    expect(burst.every(({ asked }) => asked.length === 1)).toBe(true)
    expect(Math.max(...burst.map(({ at, endedAt }) => (endedAt ?? Infinity) - at))).toBeLessThan(100)
  })

  test('with a single runner a burst still goes there, whatever the router thinks of its load', () => {
    const on = settled(near({ places: 100 }))
    for (let i = 0; i < 50; i++) on.call()
    on.runUntil(on.now + 2000)
    expect(shares(on.calls)).toEqual({ near: expect.closeTo(1, 5) })
  })
})

describe('trouble', () => {
  test('a runner that fails is left, probed ever more rarely, and found again once it is mended', () => {
    const broken = near()
    const on = settled(broken, middle())
    broken.fails = 'sandbox-crashed'
    const tries = load(on, 20, 60_000).filter(({ asked }) => asked.includes('near')).length
    // Three to open the circuit, then probes after 1, 2, 4, … s.
    expect(tries).toBeGreaterThanOrEqual(5)
    expect(tries).toBeLessThanOrEqual(3 + 7)
    broken.fails = undefined
    on.runUntil(on.now + 60_000)
    load(on, 20, 2000)
    expect(shares(load(on, 50, 5000))).toEqual({ near: expect.closeTo(1, 5) })
  })

  test('a runner whose link breaks once is avoided for a while, not for good', () => {
    const flaky = near()
    const on = settled(flaky, middle())
    flaky.fails = 'link-lost'
    on.call()
    on.runUntil(on.now + 100)
    flaky.fails = undefined
    expect(on.call().asked).toEqual(['middle'])
    on.runUntil(on.now + 120_000)
    expect(on.call().asked).toEqual(['near'])
  })

  test.each([1, 3])(
    'a near runner whose link broke %i times has its calls back within seconds of the heal, and does not swing',
    (cuts) => {
      const placement = router()({ random })
      const on = world(placement, [near(), middle()])
      on.runUntil(SETTLED_MS)
      const call = (): FakeCall => on.call(CID_A, { repeatable: true })
      for (let cut = 0; cut < cuts; cut++) {
        call()
        on.runUntil(on.now + 100)
        on.call()
        placement.observe({ type: 'down', peer: 'near' }, on.now)
        on.runUntil(on.now + 1000)
        placement.observe({ type: 'up', peer: 'near' }, on.now)
        const healedAt = on.now
        const calls: FakeCall[] = []
        for (let at = on.now; at < healedAt + 15_000; at += 50) on.at(at, () => void calls.push(call()))
        on.runUntil(healedAt + 16_000)
        const back = calls.findIndex((one, i) => calls.slice(i).every(({ asked }) => asked[0] === 'near'))
        expect(back).toBeGreaterThanOrEqual(0)
        expect((calls[back]?.at ?? Infinity) - healedAt).toBeLessThan(5000)
        const turns = calls.filter(({ asked }, i) => i > 0 && asked[0] !== calls[i - 1]?.asked[0]).length
        expect(turns).toBeLessThanOrEqual(9)
      }
    },
  )

  test('one that says idle and refuses everything costs a try or two a second, however many calls there are', () => {
    const liar = near({ refuses: 'busy', pretends: { busy: 0, queued: 0 } })
    const on = settled(liar, middle())
    const calls = load(on, 5, 20_000)
    expect(calls.length).toBeGreaterThan(3000)
    expect(calls.filter(({ asked }) => asked.includes('near')).length).toBeLessThanOrEqual(2 * 20)
    expect(calls.every(({ by }) => by === 'middle')).toBe(true)
  })

  test('so does one that says it takes work and refuses as if its owner forbade it', () => {
    const liar = near({ refuses: 'not-volunteering' })
    const on = settled(liar, middle())
    const calls = load(on, 5, 20_000)
    expect(calls.filter(({ asked }) => asked.includes('near')).length).toBeLessThanOrEqual(6)
  })

  test('a function that fails on one runner leaves others there alone', () => {
    const on = settled(near({ fails: 'sandbox-crashed' }), middle())
    for (let i = 0; i < 5; i++) {
      on.call(CID_A)
      on.runUntil(on.now + 100)
    }
    expect(on.call(CID_A).asked).toEqual(['middle'])
    expect(on.call(CID_B).asked).toEqual(['near'])
  })
})
