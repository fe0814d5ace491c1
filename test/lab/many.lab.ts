import { setTimeout as pause } from 'node:timers/promises'
import type { Traffic } from '@hither/core'
import { expect, test } from 'vitest'
import { isAnswered } from './support/calls.ts'
import { CALLS, DEADLINE_MS } from './support/distances.ts'
import { inMs, summary, tell } from './support/figures.ts'
import { seen, stream } from './support/load.ts'
import { smallPeer } from './support/many.ts'

const PEERS = 50

/** Every so many peers one lends. */
const LENDS_EVERY = 4

/** Whom a peer joins, by how many places on: each has links to a third of the others, and hears of the rest. */
const JOINS = [1, 2, 5, 11, 19, 23]

/** Calls a second of all, 2 of each. */
const RATE = 100

/** Until links are up and used, and how long bytes are then counted. */
const SETTLE_MS = 4_000
const COUNTED_MS = 20_000

/** Of all pairs of a peer and a runner, so many know each other by then. */
const FOUND_SHARE = 0.85
const FOUND_MAX_MS = 90_000

/** What keeps the network going, as apart from calls. */
const CONTROL = ['beats', 'states', 'adverts'] as const

test(
  'fifty peers that each know a third of the others find all runners, and spend little on it',
  { timeout: 240_000 },
  async () => {
    const peers = await Promise.all(
      Array.from({ length: PEERS }, (_, i) => smallPeer(i % LENDS_EVERY === 0, DEADLINE_MS)),
    )
    const runners = new Set(peers.filter((_, i) => i % LENDS_EVERY === 0).map(({ links }) => links.self))
    const known = peers.map(({ links }) => {
      const heard = new Set<string>()
      links.listen(({ type, peer }) => {
        if ((type === 'advert' || type === 'state') && runners.has(peer)) heard.add(peer)
      })
      return heard
    })
    for (const [i, { links }] of peers.entries()) {
      await Promise.all(JOINS.map((on) => links.join(peers[(i + on) % PEERS]?.address ?? '')))
    }
    const linked = (): number =>
      peers.reduce((sum, { links }) => sum + links.list().filter(({ peer }) => runners.has(peer)).length, 0)
    const pairs = runners.size * (PEERS - 1)
    const first = linked()

    const calls = stream(1000 / RATE, async (i) => peers[i % PEERS]?.call() ?? expect.fail('no peer'))
    await pause(SETTLE_MS)
    const before = peers.map(({ links }) => links.traffic())
    const countedAt = performance.now()
    await pause(COUNTED_MS)
    const seconds = (performance.now() - countedAt) / 1000
    const spent = peers.map(({ links }, i) => perSecond(before[i], links.traffic(), seconds))
    const found = (): number => known.reduce((sum, heard) => sum + heard.size, 0)
    const enoughAt = await seen(() => (found() >= FOUND_SHARE * pairs ? performance.now() : undefined), FOUND_MAX_MS)
    await calls.fill(CALLS)
    const outcomes = await calls.stop()
    const used = new Set(outcomes.filter(isAnswered).map(({ peer }) => peer)).size

    const sorted = spent.map(({ total }) => total).toSorted((a, b) => a - b)
    const mean = sorted.reduce((sum, one) => sum + one, 0) / PEERS
    const byKind = CONTROL.map((kind) => `${kind} ${bytes(spent.reduce((sum, one) => sum + one[kind], 0) / PEERS)}`)
    tell(
      `${PEERS} peers, ${runners.size} runners: of ${pairs} pairs of a peer and a runner ${first} were linked at first, ${found()} knew each other in the end, ${linked()} were linked, and enough did ${inMs(enoughAt - countedAt)} after counting began; control traffic per peer, sent and received, mean ${bytes(mean)} (${byKind.join(', ')}), most ${bytes(sorted.at(-1) ?? 0)}; ${used} runners ran calls: ${summary(outcomes)}`,
    )
    expect(outcomes.filter((one) => !isAnswered(one))).toEqual([])
    // Each byte is one that somebody sends and somebody receives: 1 KB/s each way.
    expect(mean).toBeLessThan(2 * 1024)
    expect(sorted.at(-1)).toBeLessThan(2 * 5 * 1024)
  },
)

type Spent = Record<(typeof CONTROL)[number], number> & { total: number }

function perSecond(before: Traffic | undefined, now: Traffic, seconds: number): Spent {
  const of = (kind: (typeof CONTROL)[number]): number =>
    (now.sent[kind] + now.received[kind] - (before?.sent[kind] ?? 0) - (before?.received[kind] ?? 0)) / seconds
  const spent = { beats: of('beats'), states: of('states'), adverts: of('adverts') }
  return { ...spent, total: spent.beats + spent.states + spent.adverts }
}

function bytes(perSecondBytes: number): string {
  return `${Math.round(perSecondBytes)} B/s`
}
