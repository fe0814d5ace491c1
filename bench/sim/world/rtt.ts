import { CITY_BASE_MS, DETOUR_MIN, DETOUR_SHARE, DETOUR_SPREAD } from '../limits.ts'
import { mix } from '../random.ts'
import type { Cities } from './cities.ts'
import type { Peers } from './peers.ts'

/** The round trip of a pair of peers in ms: a pure function of the two, the same both ways, 0 to oneself. */
export type Rtt = (a: number, b: number) => number

export function rttOf(seed: number, cities: Cities, { city, x, y, heightMs }: Peers): Rtt {
  const { count, baseMs } = cities
  return (one, other) => {
    if (one === other) return 0
    // In one order, so that it is the same both ways to the last bit.
    const [a, b] = one < other ? [one, other] : [other, one]
    const [here, there] = [city[a] ?? 0, city[b] ?? 0]
    const across =
      here === there
        ? CITY_BASE_MS + Math.sqrt(((x[a] ?? 0) - (x[b] ?? 0)) ** 2 + ((y[a] ?? 0) - (y[b] ?? 0)) ** 2)
        : (baseMs[here * count + there] ?? 0)
    const direct = across + (heightMs[a] ?? 0) + (heightMs[b] ?? 0)
    const luck = mix(seed, a, b) / 2 ** 32
    return luck < DETOUR_SHARE ? direct * (DETOUR_MIN + (DETOUR_SPREAD * luck) / DETOUR_SHARE) : direct
  }
}
