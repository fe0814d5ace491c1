import type { RunnerState } from '@hither/core'
import { ADVERTS_ASK_MS, PLACE_TOLD_MS } from '../limits.ts'
import { percentile } from '../report/percentiles.ts'
import type { World } from '../world/world.ts'
import { ADVERTS_BYTES, newsBytes, PING_BYTES, PLACE_NEWS_BYTES, PONG_BYTES, REFUSAL_BYTES } from './sizes.ts'

/** What is said beside calls, in bytes per second of a peer in the mean; what one sends another receives. */
export interface Traffic {
  controlBytesPerPeerPerSecond: number
  /** Of the peer that 99 of 100 do not exceed, in its busier direction. */
  controlBytesP99Peer: number
  beats: number
  states: number
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
  /** What each runner said to everybody that listens, for one listener. */
  private readonly beats: Float64Array
  private readonly words: Float64Array
  private readonly world: World
  private readonly counted: Counted
  private news = 0
  private refusals = 0

  constructor(world: World, counted: Counted) {
    this.world = world
    this.counted = counted
    this.sent = new Float64Array(world.peers.count)
    this.received = new Float64Array(world.peers.count)
    this.beats = new Float64Array(world.runners.count)
    this.words = new Float64Array(world.runners.count)
  }

  published(runner: number, before: RunnerState | undefined, state: RunnerState, now: number): void {
    if (!this.counts(now)) return
    this.beats[runner] = (this.beats[runner] ?? 0) + 1
    this.words[runner] = (this.words[runner] ?? 0) + newsBytes(before, state)
  }

  answered(caller: number, runner: number, heard: RunnerState | undefined, state: RunnerState, now: number): void {
    if (!this.counts(now)) return
    const bytes = newsBytes(heard, state)
    this.news += bytes
    this.moved(this.world.runners.peer[runner] ?? 0, caller, bytes)
  }

  refused(caller: number, runner: number, now: number): void {
    if (!this.counts(now)) return
    this.refusals += REFUSAL_BYTES
    this.moved(this.world.runners.peer[runner] ?? 0, caller, REFUSAL_BYTES)
  }

  /** `listensTo`: the runners that a peer hears from. Everybody does, whether or not it calls. */
  close(listensTo: (peer: number) => Iterable<number>): Traffic {
    const { peers, runners } = this.world
    const seconds = (this.counted.untilMs - this.counted.fromMs) / 1000
    let [beats, states, places, adverts] = [0, 0, 0, 0]
    for (let peer = 0; peer < peers.count; peer++) {
      const others = [...listensTo(peer)].filter((runner) => runner !== peers.runner[peer])
      for (const runner of others) {
        const there = runners.peer[runner] ?? 0
        const count = this.beats[runner] ?? 0
        const words = this.words[runner] ?? 0
        const place = (PLACE_NEWS_BYTES * seconds * 1000) / PLACE_TOLD_MS
        const advert = (ADVERTS_BYTES * seconds * 1000) / ADVERTS_ASK_MS / others.length
        this.moved(peer, there, count * PING_BYTES)
        this.moved(there, peer, count * PONG_BYTES + words + place + advert)
        beats += count * (PING_BYTES + PONG_BYTES)
        states += words
        places += place
        adverts += advert
      }
    }
    const each = (bytes: number): number => bytes / peers.count / seconds
    const busier = this.sent.map((bytes, peer) => Math.max(bytes, this.received[peer] ?? 0) / seconds).sort()
    const parts = {
      beats: each(beats),
      states: each(states),
      places: each(places),
      adverts: each(adverts),
      news: each(this.news),
      refusals: each(this.refusals),
    }
    return {
      controlBytesPerPeerPerSecond: Object.values(parts).reduce((sum, part) => sum + part, 0),
      controlBytesP99Peer: percentile(busier, 0.99),
      ...parts,
    }
  }

  /** What ends after the last call was made is said in a network without callers. */
  private counts(now: number): boolean {
    return now >= this.counted.fromMs && now < this.counted.untilMs
  }

  private moved(from: number, to: number, bytes: number): void {
    this.sent[from] = (this.sent[from] ?? 0) + bytes
    this.received[to] = (this.received[to] ?? 0) + bytes
  }
}
