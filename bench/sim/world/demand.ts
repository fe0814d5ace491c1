import type { Random } from '@hither/core'
import { HOT_DEMAND_SHARE, HOT_MAX, HOT_MIN } from '../limits.ts'
import { sums, type Cities } from './cities.ts'
import type { Peers, Runners } from './peers.ts'

/** Where calls come from. */
export interface Demand {
  /** Sums of the cities' shares; within a city all peers call alike. */
  byCity: Float64Array
  /** The share of the demand in cities whose own demand is over their capacity. */
  hotShare: number
}

/**
 * Some cities ask for more than they have, at any load; the others share what is left. In units of the whole capacity, so that
 * `load` is the sum.
 */
export function makeDemand(load: number, cities: Cities, peers: Peers, runners: Runners, random: Random): Demand {
  const capacity = capacityShares(runners)
  const demand = new Float64Array(cities.count)
  const order = Array.from({ length: cities.count }, (_, city) => city)
    .map((city) => ({ city, at: random() }))
    .sort((a, b) => a.at - b.at)
  let hot = 0
  const rest: number[] = []
  for (const { city } of order) {
    const own = capacity[city] ?? 0
    const people = (peers.ofCity[city]?.length ?? 0) / peers.count
    const asks = own === 0 ? load * people : own * (HOT_MIN + (HOT_MAX - HOT_MIN) * random())
    const fits = hot + asks <= (HOT_DEMAND_SHARE + 0.13) * load
    // Where cities are few, one is more than that.
    const wanted = hot === 0 || (hot < HOT_DEMAND_SHARE * load && fits)
    if (own === 0 || (wanted && people > 0)) {
      demand[city] = asks
      hot += asks
    } else rest.push(city)
  }
  const wishes = rest.map((city) => (capacity[city] ?? 0) * (0.6 + 0.8 * random()))
  const all = wishes.reduce((sum, wish) => sum + wish, 0)
  for (const [i, city] of rest.entries()) demand[city] = ((wishes[i] ?? 0) / all) * (load - hot)
  let over = 0
  for (const [city, asks] of demand.entries()) if (asks > (capacity[city] ?? 0)) over += asks
  return { byCity: sums([...demand]), hotShare: over / load }
}

function capacityShares({ ofCity, slots, speed }: Runners): number[] {
  const own = ofCity.map((some) => some.reduce((sum, runner) => sum + (slots[runner] ?? 0) * (speed[runner] ?? 0), 0))
  const all = own.reduce((sum, one) => sum + one, 0)
  return own.map((one) => one / all)
}
