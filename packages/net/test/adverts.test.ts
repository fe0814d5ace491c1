import type { Coordinate, LinkEvent, Links, PeerId } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { readAdvert, signAdvert, type SignedAdvert } from '../src/adverts/advert.ts'
import { board, type Board } from '../src/adverts/board.ts'
import { filterOf, mayHold } from '../src/adverts/filter.ts'
import { scopeOf, within } from '../src/adverts/scope.ts'
import { identityOf, peerIdOf } from '../src/identity.ts'
import { ADVERT_MAX_AGE_MS, ADVERTS_HELD_MAX, ADVERTS_PER_FRAME } from '../src/limits/adverts.ts'
import { reach } from '../src/reach.ts'
import { manualTime, type ManualTime } from './helpers/manual-timers.ts'
import { addressOf, link, peer, until } from './helpers/peers.ts'
import { failure, header, pattern, services, STATE, wholly } from './helpers/services.ts'

const PLACE: Coordinate = { at: [1, 2, 3, 4], heightMs: 0.5, error: 0.5 }

const key = (number: number): Uint8Array => new Uint8Array(32).fill(number)

function placed(ms: number): Coordinate {
  return { ...PLACE, at: [ms, 0, 0, 0] }
}

function signed(number: number, ms = 0, time = 1): Promise<SignedAdvert> {
  const advert = { time, addresses: ['/ip4/127.0.0.1/tcp/4248'], place: placed(ms), state: STATE }
  return signAdvert(advert, identityOf(key(number)))
}

describe('an advert', () => {
  test('says what its runner said, but for what is warm, in about 200 bytes', async () => {
    const state = { ...STATE, labels: ['gpu'], memoryMb: 256 }
    const { bytes, signature } = await signAdvert(
      { time: 7, addresses: ['/ip4/10.1.2.3/tcp/4248'], place: PLACE, state },
      identityOf(key(1)),
    )
    expect((await readAdvert(bytes, signature)).advert).toEqual({
      peer: peerIdOf(key(1)),
      time: 7,
      addresses: ['/ip4/10.1.2.3/tcp/4248'],
      place: PLACE,
      state: { ...state, warm: new Uint8Array(0) },
    })
    expect(bytes.length + signature.length).toBeLessThan(240)
  })

  test('that was changed on its way, or is signed by somebody else, is refused', async () => {
    const { bytes, signature } = await signed(1)
    const other = await signed(2)
    const changed = bytes.slice()
    changed[changed.length - 1] = 0x21
    await expect(readAdvert(changed, signature)).rejects.toThrow(/cannot be read/)
    await expect(readAdvert(bytes, other.signature)).rejects.toThrow(/cannot be read/)
    await expect(readAdvert(new Uint8Array(5), signature)).rejects.toThrow(/cannot be read/)
  })

  test.each([
    ['nobody can dial', '/memory/4', /not an address/],
    ['names a peer', `/ip4/127.0.0.1/tcp/4248/p2p/${peerIdOf(key(2))}`, /cannot be read/],
    ['names one in the old way', `/ip4/127.0.0.1/tcp/4248/ipfs/${peerIdOf(key(2))}`, /cannot be read/],
  ])('with an address that %s is refused', async (_, address, why) => {
    const advert = { time: 7, addresses: [address], place: PLACE, state: STATE }
    const { bytes, signature } = await signAdvert(advert, identityOf(key(1)))
    await expect(readAdvert(bytes, signature)).rejects.toThrow(why)
  })
})

describe('the board', () => {
  const some = (): { time: ManualTime; held: Board } => {
    const time = manualTime()
    return { time, held: board({ now: time.now, random: () => 0 }) }
  }
  const everything = (): boolean => false

  test('keeps the newest of a runner, with the age it came with', async () => {
    const { time, held } = some()
    expect(held.hold(await signed(1, 0, 2), 5_000)).toBe(true)
    expect(held.hold(await signed(1, 0, 1), 0)).toBe(false)
    time.advance(1_000)
    // Who passes the same one on as if it were fresh makes it no younger.
    expect(held.hold(await signed(1, 0, 2), 0)).toBe(false)
    expect(held.get(peerIdOf(key(1)))?.ageMs).toBe(6_000)
  })

  test('passes on nothing of which a part meant nothing here', async () => {
    const { held } = some()
    held.hold({ ...(await signed(1)), partial: true }, 0)
    held.hold(await signed(2), 0)
    expect(held.get(peerIdOf(key(1)))).toBeDefined()
    expect(held.pick(placed(0), everything).map(({ advert }) => advert.peer)).toEqual([peerIdOf(key(2))])
  })

  test('forgets what is too old, and never holds more than it may', async () => {
    const { time, held } = some()
    const one = await signed(1)
    expect(held.hold(one, ADVERT_MAX_AGE_MS)).toBe(false)
    held.hold(one, 0)
    time.advance(ADVERT_MAX_AGE_MS)
    expect(held.get(one.advert.peer)).toBeUndefined()
    for (let i = 0; i < ADVERTS_HELD_MAX + 10; i++) {
      held.hold({ ...one, advert: { ...one.advert, peer: `peer-${i}` } }, 0)
    }
    expect(held.get('peer-9')).toBeUndefined()
    expect(held.get('peer-10')).toBeDefined()
  })

  test('picks the nearest to whoever asks, and others by chance, and nothing that is known there', async () => {
    const { held } = some()
    for (const [i, ms] of [100, 10, 70, 80, 12, 90].entries()) held.hold(await signed(i + 1, ms), 0)
    const distances = (knows: (peer: PeerId) => boolean): number[] =>
      held.pick(placed(11), knows).map(({ advert }) => advert.place.at[0] ?? 0)
    const picked = distances(everything)
    expect(picked).toHaveLength(ADVERTS_PER_FRAME)
    expect(picked.slice(0, 2)).toEqual([10, 12])
    expect(distances((one) => (held.get(one)?.advert.place.at[0] ?? 0) < 75)).toEqual([80, 90, 100])
    expect(distances(() => true)).toEqual([])
  })
})

describe('an address in an advert', () => {
  test.each([
    ['/ip4/127.0.0.1/tcp/6379', 'loopback'],
    ['/ip6/::1/tcp/1', 'loopback'],
    ['/ip6/::ffff:127.0.0.1/tcp/1', 'loopback'],
    ['/ip4/0.0.0.0/tcp/1', 'loopback'],
    ['/ip4/169.254.169.254/tcp/80', 'link'],
    ['/ip6zone/eth0/ip6/fe80::1/tcp/1', 'link'],
    ['/ip4/192.168.1.1/tcp/80', 'private'],
    ['/ip4/100.64.0.1/tcp/1', 'private'],
    ['/ip6/fd00::1/tcp/1', 'private'],
    ['/ip4/93.184.216.34/tcp/4248', 'public'],
    ['/ip6/2606:4700::1/tcp/4248/p2p/12D3KooWQYV9dGMFoRzNStwpXztXaBUjtPqi6aU76ZgUriHhKust', 'public'],
    ['/dns4/any.example/tcp/25', undefined],
    ['/dnsaddr/any.example', undefined],
    ['/ip4/93.184.216.34/udp/53', undefined],
  ])('%s is of the scope %s', (address, scope) => {
    expect(scopeOf(address)).toBe(scope)
  })

  test('is dialled only where whoever told of it is as near as that', () => {
    const told = ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.1/tcp/1', '/ip4/93.184.216.34/tcp/1', '/dns4/a.example/tcp/1']
    expect(within(told, '/ip4/127.0.0.1/tcp/5000')).toEqual(told.slice(0, 3))
    expect(within(told, '/ip4/10.0.0.7/tcp/5000')).toEqual(told.slice(1, 3))
    expect(within(told, '/ip4/8.8.8.8/tcp/5000')).toEqual(told.slice(2, 3))
    expect(within(told, '/dns4/b.example/tcp/5000')).toEqual(told.slice(2, 3))
  })
})

describe('a filter', () => {
  test('holds all that were put in, few others, and not the same others each time', () => {
    const known = Array.from({ length: 150 }, (_, i) => peerIdOf(key(i)))
    const others = Array.from({ length: 500 }, (_, i) => `12D3KooWother${i}`)
    const hidden = [1, 2].map((salt) => {
      const filter = filterOf(known, salt)
      expect(known.every((one) => mayHold(filter, one))).toBe(true)
      return others.filter((one) => mayHold(filter, one))
    })
    expect(Math.max(...hidden.map(({ length }) => length))).toBeLessThan(0.1 * others.length)
    expect(hidden[0]).not.toEqual(hidden[1])
  })

  test('that is none holds nobody', () => {
    expect(mayHold(new Uint8Array(0), 'peer')).toBe(false)
    expect(mayHold(new Uint8Array(3).fill(255), 'peer')).toBe(false)
  })
})

/** A chain: those at both ends have no link to each other, and hear of each other from the one between. */
async function chain(far: Parameters<typeof services>[0] = {}): Promise<{ a: Links; far: Links; events: LinkEvent[] }> {
  const here = (): Coordinate => PLACE
  const a = await peer({ services: services({ coordinate: here, state: () => undefined }) })
  const events: LinkEvent[] = []
  a.listen((event) => events.push(event))
  const between = await peer({ services: services({ coordinate: here, state: () => undefined }) })
  const end = await peer({ services: services({ coordinate: here, ...far }) })
  await link(between, addressOf(end), end)
  await link(a, addressOf(between), between)
  return { a, far: end, events }
}

async function heardOf(links: Links, about: PeerId, events: readonly LinkEvent[]): Promise<LinkEvent> {
  const found = events.find((event) => event.type === 'advert' && event.peer === about)
  return found ?? (await until(links, 'advert', about)) ?? expect.fail('nothing was heard')
}

describe('a peer', () => {
  test('hears of runners that it has no link to, and calls one by making the link', async () => {
    const { a, far, events } = await chain()
    const heard = await heardOf(a, far.self, events)
    expect(heard).toMatchObject({ coordinate: PLACE, state: { ...STATE, warm: new Uint8Array(0) } })
    expect(a.list().map((one) => one.peer)).not.toContain(far.self)
    const answer = await wholly(a.call(far.self, header(), pattern(3)))
    expect(answer.body).toEqual(pattern(3))
    expect(a.list().map((one) => one.peer)).toContain(far.self)
    expect(a.traffic().received.adverts).toBeGreaterThan(0)
  })

  test('hears what those with a link measured of runners', async () => {
    const evidence = [{ peer: 'slow', calls: 30, slower: 8, wrong: 0, ageMs: 4000 }]
    const a = await peer()
    const b = await peer({ services: services({ evidence: () => evidence }) })
    const heard = until(a, 'evidence', 'slow')
    await link(a, addressOf(b), b)
    expect(await heard).toEqual({ type: 'evidence', by: b.self, ...evidence[0] })
  })

  test('is told at once where one that it only heard of is gone, and dials it no more', async () => {
    const { a, far, events } = await chain()
    await heardOf(a, far.self, events)
    await far.stop()
    expect(await failure(a.call(far.self, header(), pattern(3)))).toMatchObject({ code: 'peer-unreachable' })
    const again = await failure(a.call(far.self, header(), pattern(3)))
    expect(again).toMatchObject({ code: 'peer-unreachable', why: 'there is no link to it' })
  })
})

describe('to reach one that was heard of', () => {
  test('many calls wait for one dial, and one that gives up ends it for nobody else', async () => {
    const dial = Promise.withResolvers<PeerId>()
    let dials = 0
    const to = reach({
      addressesOf: (wanted) => [`/ip4/127.0.0.1/tcp/1/p2p/${wanted}`],
      connect: () => {
        dials++
        return dial.promise
      },
      failed: () => {},
    })
    const leave = new AbortController()
    const left = to.to('far', leave.signal)
    const waits = [to.to('far', undefined), to.to('far', new AbortController().signal)]
    leave.abort()
    await expect(left).rejects.toMatchObject({ code: 'cancelled' })
    dial.resolve('far')
    await Promise.all(waits)
    expect(dials).toBe(1)
  })

  test('no more than a few are dialled at once', async () => {
    const to = reach({
      addressesOf: () => ['/ip4/127.0.0.1/tcp/1'],
      connect: () => new Promise(() => {}),
      failed: () => {},
    })
    for (let i = 0; i < 8; i++) void to.to(`peer-${i}`, undefined)
    await expect(to.to('peer-8', undefined)).rejects.toMatchObject({ code: 'peer-unreachable' })
  })
})
