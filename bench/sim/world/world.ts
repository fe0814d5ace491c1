import { generator } from '../random.ts'
import { citiesOf, makeCities, type Cities } from './cities.ts'
import { makeDemand, type Demand } from './demand.ts'
import { makeFunctions, type Functions } from './functions.ts'
import { makePeers, type Peers, type Runners } from './peers.ts'
import { rttOf, type Rtt } from './rtt.ts'

/** What does not change in a run, and is the same for all policies. */
export interface World {
  seed: number
  cities: Cities
  peers: Peers
  runners: Runners
  functions: Functions
  demand: Demand
  rtt: Rtt
  /** By this all speeds were multiplied, so that load and rate are both what was asked for. */
  speedScale: number
}

export interface WorldInit {
  seed: number
  peers: number
  /** Offered service work over slots × speed; cold work is apart. */
  load: number
  /** Calls per second and peer. */
  rate: number
  /** Round trips between cities, in ms, in place of a sphere. */
  rttMs?: readonly (readonly number[])[]
}

export function makeWorld({ seed, peers: count, load, rate, rttMs }: WorldInit): World {
  const cities = rttMs === undefined ? makeCities(generator(seed, 1)) : citiesOf(rttMs)
  const { peers, runners } = makePeers(count, cities, generator(seed, 2))
  const functions = makeFunctions(generator(seed, 3))
  const demand = makeDemand(load, cities, peers, runners, generator(seed, 4))
  const speedScale = scaleSpeeds(runners, (count * rate * functions.workMs) / 1000 / load)
  return { seed, cities, peers, runners, functions, demand, rtt: rttOf(seed, cities, peers), speedScale }
}

/**
 * How many calls a peer makes and how much of the whole is used are both given, and so are slots and the spread of the speeds. What is
 * left free is how quick a machine of mean speed is.
 */
function scaleSpeeds({ slots, speed }: Runners, wanted: number): number {
  const capacity = slots.reduce((sum, some, runner) => sum + some * (speed[runner] ?? 0), 0)
  const scale = wanted / capacity
  for (let runner = 0; runner < speed.length; runner++) speed[runner] = (speed[runner] ?? 0) * scale
  return scale
}
