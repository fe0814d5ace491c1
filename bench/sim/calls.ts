import { JITTER, SERVICE_SIGMA } from './limits.ts'
import { drawFrom, exponential, generator, normal } from './random.ts'
import type { World } from './world/world.ts'

/** All calls of a run, the same for every policy. Each array has an entry per call, in the order of their times. */
export interface Calls {
  count: number
  /** In ms from the start. */
  at: Float64Array
  caller: Int32Array
  fn: Uint16Array
  /** This call's run at speed 1, in ms: drawn once, and kept when the call is repeated. */
  workMs: Float32Array
  /** By this all its ways are longer or shorter. */
  jitter: Float32Array
}

/** From a time on, a share of all calls asks for one function. */
export interface HotFunction {
  fromMs: number
  share: number
}

/** What grows hot is the least popular function: cold everywhere. */
export function makeCalls(world: World, count: number, rate: number, hot?: HotFunction): Calls {
  const { seed, peers, functions, demand } = world
  const random = generator(seed, 5)
  const calls: Calls = {
    count,
    at: new Float64Array(count),
    caller: new Int32Array(count),
    fn: new Uint16Array(count),
    workMs: new Float32Array(count),
    jitter: new Float32Array(count),
  }
  const gapMs = 1000 / (peers.count * rate)
  let at = 0
  for (let call = 0; call < count; call++) {
    at += gapMs * exponential(random)
    const people = peers.ofCity[drawFrom(demand.byCity, random)]
    const drawn = drawFrom(functions.popularity, random)
    const isHot = hot !== undefined && at >= hot.fromMs && random() < hot.share
    const fn = isHot ? functions.count - 1 : drawn
    calls.at[call] = at
    calls.caller[call] = people?.[Math.floor(random() * people.length)] ?? 0
    calls.fn[call] = fn
    // The mean of a log-normal is above its median by half the variance.
    calls.workMs[call] = (functions.meanMs[fn] ?? 0) * Math.exp(SERVICE_SIGMA * normal(random) - SERVICE_SIGMA ** 2 / 2)
    calls.jitter[call] = Math.max(0.5, 1 + JITTER * normal(random))
  }
  return calls
}
