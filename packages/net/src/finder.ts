import type { Clock, JoinProgress, Options, PeerId, Random } from '@hither/core'
import type { Adverts } from './adverts/adverts.ts'
import { deadEnds } from './adverts/dead-ends.ts'
import { dialler, type DiallerInit } from './dial.ts'
import { discovery } from './discovery.ts'
import { keeper } from './keeper.ts'
import { reach } from './reach.ts'
import type { Registry } from './registry.ts'
import type { Timers } from './timers.ts'

export interface FinderInit extends Omit<DiallerInit, 'registry'> {
  registry: Registry
  adverts: Pick<Adverts, 'addressesOf' | 'failed'>
  now: Clock
  timers: Timers
  random: Random
  log: (text: string) => void
}

/** Who is dialled: whom one is told to join, whom one finds or hears of, and whom one wants to call. */
export interface Finder {
  /** Links on their way to whoever has answered a dial. */
  readonly rising: number
  /** As `Links.join` says. */
  join(address: string, options?: Options<JoinProgress>): Promise<PeerId>
  /** As `Reach.to`. */
  to(peer: PeerId, signal: AbortSignal | undefined): Promise<void>
  /** It was found at these addresses. */
  found(peer: PeerId, addresses: string[]): void
  /** It is said to be at these addresses, of which some may be known to lead nowhere. */
  heardOf(peer: PeerId, addresses: string[]): void
  stop(): void
}

export function finder(init: FinderInit): Finder {
  const { registry, adverts, now, timers, random, log } = init
  const ends = deadEnds({ now, random })
  const dials = dialler(init)
  const linked = (peer: PeerId): boolean => registry.get(peer) !== undefined
  const reaching = reach({
    addressesOf: (peer) => ends.open(adverts.addressesOf(peer)),
    connect: (addresses, signal) => ends.watched(addresses, () => dials.connect(addresses, signal)),
    failed: (peer) => adverts.failed(peer),
  })
  const kept = keeper({
    now,
    timers,
    random,
    log,
    up: linked,
    async down(peer, signal) {
      const link = registry.get(peer)
      await registry.down(peer, signal)
      return { worked: link?.view().rttMs !== undefined }
    },
    connect: (address, signal) => dials.connect([address], signal),
  })
  const discovered = discovery({
    timers,
    now,
    random,
    log,
    linked,
    links: () => registry.list().length,
    connect: async (peer, addresses) => {
      const there = addresses.map((address) => `${address}/p2p/${peer}`)
      await ends.watched(there, () => dials.connect(there))
    },
  })
  registry.listen(({ type, peer }) => {
    if (type === 'down') discovered.lost(peer)
  })
  return {
    get rising() {
      return dials.rising
    },
    join: (address, options) => kept.join(address, options),
    to: (peer, signal) => reaching.to(peer, signal),
    found: (peer, addresses) => discovered.found(peer, addresses),
    heardOf(peer, addresses) {
      const open = addresses.filter((address) => ends.open([`${address}/p2p/${peer}`]).length > 0)
      if (open.length > 0) discovered.found(peer, open)
    },
    stop() {
      kept.stop()
      discovered.stop()
    },
  }
}
