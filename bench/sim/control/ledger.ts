import { percentile } from '../report/percentiles.ts'
import type { World } from '../world/world.ts'
import { ADVERTS_ASK_RARELY_MS, IDLE_BEAT_MS, PLACE_TOLD_MS, WARM_TOLD_MS } from './net-limits.ts'
import { ADVERTS_BYTES, BEAT_BYTES, PLACE_BYTES_TOLD } from './sizes.ts'

/** What is said beside calls, in bytes per second of a peer in the mean; what one sends another receives. */
export interface Traffic {
  controlBytesPerPeerPerSecond: number
  /** Of the peer that 99 of 100 do not exceed, in its busier direction. */
  controlBytesP99Peer: number
  beats: number
  states: number
  /** Which functions runners name as warm. */
  warm: number
  places: number
  adverts: number
  /** What answers and refusals carry of their runner. */
  news: number
  refusals: number
}

/** The time that is counted, in ms. */
export interface Counted {
  fromMs: number
  untilMs: number
}

/** Counts what all peers say beside calls. */
export class Ledger {
  private readonly sent: Float64Array
  private readonly received: Float64Array
  private readonly world: World
  private readonly counted: Counted
  private readonly all = { beats: 0, states: 0, warm: 0, places: 0, adverts: 0, news: 0, refusals: 0 }

  /** Of the words that named what is warm, how many there were, and their bytes for that. */
  private warmWords = 0
  private warmBytes = 0

  constructor(world: World, counted: Counted) {
    this.world = world
    this.counted = counted
    this.sent = new Float64Array(world.peers.count)
    this.received = new Float64Array(world.peers.count)
  }

  /** A runner said something to a caller, or with a beat as much each way. */
  said(
    kind: 'states' | 'news' | 'refusals' | 'beats',
    caller: number,
    runner: number,
    bytes: number,
    now: number,
  ): void {
    if (bytes === 0 || now < this.counted.fromMs || now >= this.counted.untilMs) return
    this.all[kind] += bytes
    const peer = this.world.runners.peer[runner] ?? 0
    if (kind !== 'beats') return this.moved(peer, caller, bytes)
    this.moved(peer, caller, bytes / 2)
    this.moved(caller, peer, bytes / 2)
  }

  /**
   * A word named what is warm, which took so many bytes of it. One in 30 s does: a shorter run would see some runners tell all who listen
   * and others nobody, so what it takes is counted for all at that pace.
   */
  namedWarm(bytes: number): void {
    this.warmWords++
    this.warmBytes += bytes
  }

  /** `listensTo`: the runners that a peer hears from. Everybody does, whether or not it calls. */
  close(listensTo: (peer: number) => Iterable<number>): Traffic {
    const { peers, runners } = this.world
    const seconds = (this.counted.untilMs - this.counted.fromMs) / 1000
    const times = (everyMs: number): number => (seconds * 1000) / everyMs
    const warm = times(WARM_TOLD_MS) * (this.warmWords === 0 ? 0 : this.warmBytes / this.warmWords)
    for (let peer = 0; peer < peers.count; peer++) {
      const others = [...listensTo(peer)].filter((runner) => runner !== peers.runner[peer])
      for (const runner of others) {
        const there = runners.peer[runner] ?? 0
        const beat = times(IDLE_BEAT_MS) * BEAT_BYTES
        const place = times(PLACE_TOLD_MS) * PLACE_BYTES_TOLD
        const advert = (times(ADVERTS_ASK_RARELY_MS) * ADVERTS_BYTES) / others.length
        this.moved(peer, there, beat / 2)
        this.moved(there, peer, beat / 2 + warm + place + advert)
        this.all.beats += beat
        this.all.warm += warm
        this.all.places += place
        this.all.adverts += advert
      }
    }
    const each = (bytes: number): number => bytes / peers.count / seconds
    const busier = this.sent.map((bytes, peer) => Math.max(bytes, this.received[peer] ?? 0) / seconds).sort()
    const { beats, states, warm: named, places, adverts, news, refusals } = this.all
    const parts = {
      beats: each(beats),
      states: each(states),
      warm: each(named),
      places: each(places),
      adverts: each(adverts),
      news: each(news),
      refusals: each(refusals),
    }
    return {
      controlBytesPerPeerPerSecond: Object.values(parts).reduce((sum, part) => sum + part, 0),
      controlBytesP99Peer: percentile(busier, 0.99),
      ...parts,
    }
  }

  private moved(from: number, to: number, bytes: number): void {
    this.sent[from] = (this.sent[from] ?? 0) + bytes
    this.received[to] = (this.received[to] ?? 0) + bytes
  }
}
