import { peerOfKey, signerFromSeed, type JoinProgress, type Links } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { readAdvert, signAdvert } from '../src/adverts/advert.ts'
import { deadEnds, type DeadEnds } from '../src/adverts/dead-ends.ts'
import { identityOf } from '../src/identity.ts'
import { DEAD_ENDS_MAX } from '../src/limits/adverts.ts'
import { manualTime, type ManualTime } from './helpers/manual-timers.ts'
import { addressOf, peer } from './helpers/peers.ts'
import { STATE } from './helpers/services.ts'

const VICTIM = '/ip4/93.184.216.34/tcp/25'

function scene(): { time: ManualTime; ends: DeadEnds } {
  const time = manualTime()
  return { time, ends: deadEnds({ now: time.now, random: () => 0 }) }
}

async function fails(ends: DeadEnds, address: string): Promise<void> {
  await expect(ends.watched([address], () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
}

/** Fails with what the dial failed with. */
async function dialled(links: Links, address: string): Promise<void> {
  const failed = Promise.withResolvers<void>()
  const stop = new AbortController()
  const onProgress = ({ error }: JoinProgress): void => failed.reject(error.cause)
  const joining = links.join(address, { signal: stop.signal, onProgress })
  joining.then(
    () => failed.resolve(),
    () => undefined,
  )
  await failed.promise.finally(() => stop.abort())
}

describe('an address that others told of', () => {
  test('is dialled ever more rarely while nobody answers, whatever ids are said to be there', async () => {
    const { time, ends } = scene()
    let dials = 0
    // A liar makes a new id for each second of an hour.
    for (let id = 0; id < 3600; id++) {
      const address = `${VICTIM}/p2p/id-${id}`
      if (ends.open([address]).length > 0) {
        dials++
        await fails(ends, address)
      }
      time.advance(1_000)
    }
    expect(dials).toBeGreaterThan(10)
    expect(dials).toBeLessThan(3600 / 15)
  })

  test('is dialled as who answered there, however many made-up ids are said to be there', async () => {
    const { time, ends } = scene()
    const [a, b] = [await peer(), await peer()]
    const [home] = addressOf(a).split('/p2p/')
    const liar = async (seed: number): Promise<string> => {
      const { publisher } = await signerFromSeed(new Uint8Array(32).fill(seed))
      return `${home}/p2p/${peerOfKey(publisher)}`
    }
    // The first finds out who lives there, and all others have to wait.
    const lie = await liar(200)
    expect(ends.open([lie, addressOf(a)])).toEqual([lie, addressOf(a)])
    await expect(ends.watched([lie], () => dialled(b, lie))).rejects.toThrow(/does not match/)
    expect(ends.open([await liar(201), lie, addressOf(a)])).toEqual([addressOf(a)])
    // It is gone for a while: its own failures make the pauses, as they do anywhere.
    await fails(ends, addressOf(a))
    expect(ends.open([addressOf(a)])).toEqual([])
    for (let seed = 202; seed < 210; seed++) {
      time.advance(40_000)
      await fails(ends, await liar(seed))
    }
    expect(ends.open([await liar(210), addressOf(a)])).toEqual([addressOf(a)])
    expect(await ends.watched([addressOf(a)], () => b.join(addressOf(a)))).toBe(a.self)
    expect(ends.open([addressOf(a)])).toEqual([addressOf(a)])
  })

  test('is not held against a peer that is named in it beside who is looked for', async () => {
    const { ends } = scene()
    await ends.watched([`${VICTIM}/p2p/home`], async () => 'linked')
    await fails(ends, `${VICTIM}/p2p/home/p2p/liar`)
    expect(ends.open([`${VICTIM}/p2p/home`, `${VICTIM}/p2p/liar`])).toEqual([`${VICTIM}/p2p/home`])
  })

  test('is one place in whatever way it was told', async () => {
    const told = ['/ip6/2001:db8::1/tcp/25', '/ip6/2001:DB8:0::1/tcp/25', '/ip6/2001:db8::1/tcp/25/']
    const place = { at: [0, 0, 0, 0], heightMs: 0, error: 1 }
    const { bytes, signature } = await signAdvert(
      { time: 1, addresses: told, place, state: STATE },
      identityOf(new Uint8Array(32)),
    )
    expect(new Set((await readAdvert(bytes, signature)).advert.addresses)).toEqual(new Set([told[0]]))
  })

  test('is the same in whatever zone it is said to be', async () => {
    const { ends } = scene()
    await fails(ends, '/ip6zone/a/ip6/2001:db8::1/tcp/25/p2p/a')
    expect(ends.open(['/ip6zone/b/ip6/2001:db8::1/tcp/25/p2p/b', '/ip6/2001:db8::1/tcp/25/p2p/c'])).toEqual([])
  })

  test('is dialled by one at a time', async () => {
    const { ends } = scene()
    const dial = Promise.withResolvers<string>()
    const first = ends.watched([`${VICTIM}/p2p/a`], () => dial.promise)
    expect(ends.open([`${VICTIM}/p2p/a`])).toHaveLength(1)
    expect(ends.open([`${VICTIM}/p2p/b`, '/ip4/93.184.216.34/tcp/26'])).toEqual(['/ip4/93.184.216.34/tcp/26'])
    dial.resolve('linked')
    expect(await first).toBe('linked')
    expect(ends.open([VICTIM])).toEqual([VICTIM])
  })

  test('is forgotten when many others came after it', async () => {
    const { ends } = scene()
    await fails(ends, VICTIM)
    expect(ends.open([VICTIM])).toEqual([])
    for (let port = 1; port <= DEAD_ENDS_MAX; port++) await fails(ends, `/ip4/198.51.100.7/tcp/${port}`)
    expect(ends.open([VICTIM])).toEqual([VICTIM])
  })
})
