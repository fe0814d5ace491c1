import type { Random } from '@hither/core'
import {
  BANDWIDTH_MAX_BITS_PER_MS,
  BANDWIDTH_MIN_BITS_PER_MS,
  BUNDLE_BITS,
  CITY_RADIUS_MS,
  HEIGHT_MIN_MS,
  HEIGHT_SPREAD_MS,
  RUNNER_SHARE,
  SLOTS_MAX,
  SPEED_SPREAD,
} from '../limits.ts'
import { drawFrom } from '../random.ts'
import type { Cities } from './cities.ts'

/** Where everybody is. Each array has an entry per peer. */
export interface Peers {
  count: number
  city: Uint16Array
  /** Place within the city, in ms of round trip. */
  x: Float64Array
  y: Float64Array
  /** What the access line adds to each way, in ms of round trip. */
  heightMs: Float64Array
  /** The peer's number among the runners; -1 where it runs nothing. */
  runner: Int32Array
  ofCity: Int32Array[]
}

/** What they lend. Each array has an entry per runner. */
export interface Runners {
  count: number
  peer: Int32Array
  slots: Uint8Array
  /** Work that a slot does in a ms, in ms at speed 1. */
  speed: Float64Array
  /** What fetching a bundle takes. */
  transferMs: Float64Array
  ofCity: Int32Array[]
}

export function makePeers(count: number, cities: Cities, random: Random): { peers: Peers; runners: Runners } {
  const ofCity: number[][] = Array.from({ length: cities.count }, () => [])
  const runnersOfCity: number[][] = Array.from({ length: cities.count }, () => [])
  const peers: Peers = {
    count,
    city: new Uint16Array(count),
    x: new Float64Array(count),
    y: new Float64Array(count),
    heightMs: new Float64Array(count),
    runner: new Int32Array(count).fill(-1),
    ofCity: [],
  }
  const running: number[] = []
  for (let peer = 0; peer < count; peer++) {
    const city = drawFrom(cities.sizes, random)
    const [radius, turn] = [CITY_RADIUS_MS * Math.sqrt(random()), 2 * Math.PI * random()]
    peers.city[peer] = city
    peers.x[peer] = radius * Math.cos(turn)
    peers.y[peer] = radius * Math.sin(turn)
    peers.heightMs[peer] = HEIGHT_MIN_MS + HEIGHT_SPREAD_MS * random() ** 2
    ofCity[city]?.push(peer)
    if (random() >= RUNNER_SHARE) continue
    peers.runner[peer] = running.length
    runnersOfCity[city]?.push(running.length)
    running.push(peer)
  }
  peers.ofCity = ofCity.map((some) => Int32Array.from(some))
  const draw = (): number => random()
  const runners: Runners = {
    count: running.length,
    peer: Int32Array.from(running),
    slots: Uint8Array.from(running, () => 1 + Math.floor(SLOTS_MAX * draw())),
    speed: Float64Array.from(running, () => SPEED_SPREAD ** (draw() - 0.5)),
    transferMs: Float64Array.from(
      running,
      () =>
        BUNDLE_BITS / (BANDWIDTH_MIN_BITS_PER_MS + (BANDWIDTH_MAX_BITS_PER_MS - BANDWIDTH_MIN_BITS_PER_MS) * draw()),
    ),
    ofCity: runnersOfCity.map((some) => Int32Array.from(some)),
  }
  return { peers, runners }
}
