import { makeCalls } from './calls.ts'
import { Engine } from './engine/engine.ts'
import { makeLiars } from './engine/liars.ts'
import type { Outcome } from './engine/outcome.ts'
import type { Policy } from './engine/policy.ts'
import type { Options, PolicyName } from './options.ts'
import { CapacityRandom, LeastLoaded, Nearest, StaleArgmin } from './policies/baselines.ts'
import { hither } from './policies/hither.ts'
import { oracle } from './policies/oracle.ts'
import { figures, placeOf, type Figures } from './report/figures.ts'
import { percentile, quantiles, type Quantiles } from './report/percentiles.ts'
import { churn } from './schedule/churn.ts'
import { makeWorld } from './world/world.ts'

export interface Report {
  model: {
    seconds: number
    warmupSeconds: number
    cities: number
    runners: number
    slots: number
    /** Demand of cities whose own demand is over their capacity. */
    hotDemandShare: number
    /** By how much machines are quicker than the model's mean machine, so that load and rate are both met. */
    speedScale: number
    meanRunMs: number
  }
  policies: Partial<Record<PolicyName, Figures & { warmup: Quantiles; timeline: Step[] }>>
  decisionMicros?: { p50: number; p99: number }
}

interface Step extends Quantiles {
  fromSeconds: number
  lost: number
}

/** One run of each policy over the same calls. `now`: the real clock, in ms. */
export async function simulate(options: Options, now: () => number): Promise<Report> {
  const { seed, peers, load, rate, lagMs } = options
  const world = makeWorld({ seed, peers, load, rate })
  const calls = makeCalls(world, options.calls, rate)
  const endMs = calls.at[calls.count - 1] ?? 0
  const schedule = churn(seed, world.runners.count, options.churn, endMs).sort((a, b) => a.atMs - b.atMs)
  const liars = makeLiars(seed, options.liars?.lie, options.liars?.share ?? 0)
  const warmupMs = options.warmupMs ?? Math.min(20_000, endMs / 3)

  const made = await hither(world.runners.count, world.functions.count, liars, now)
  const engine = (policy: Policy): Outcome =>
    new Engine({ world, calls, schedule, policy, lagMs, endless: (runner) => liars.endless(runner) }).run()
  const run: Record<PolicyName, () => Outcome> = {
    hither: () => engine(made),
    oracle1: () => oracle(world, calls, schedule, 'draw'),
    oracle2: () => oracle(world, calls, schedule, 'mean'),
    random: () => engine(new CapacityRandom()),
    nearest: () => engine(new Nearest()),
    leastLoaded: () => engine(new LeastLoaded()),
    staleArgmin: () => engine(new StaleArgmin()),
  }
  const outcomes = new Map(options.policies.map((name) => [name, run[name]()]))
  const [oracle1, oracle2] = [outcomes.get('oracle1'), outcomes.get('oracle2')]
  const oracles = oracle1 && oracle2 && { oracle1, oracle2 }
  const first = placeOf(calls, warmupMs)
  const policies: Report['policies'] = {}
  for (const [name, outcome] of outcomes) {
    const timeline: Step[] = []
    for (let fromMs = 0; fromMs < endMs; fromMs += options.stepMs) {
      const [from, to] = [placeOf(calls, fromMs), placeOf(calls, fromMs + options.stepMs)]
      let lost = 0
      for (let call = from; call < to; call++) if (outcome.by[call] === -1) lost++
      timeline.push({ fromSeconds: fromMs / 1000, ...quantiles(outcome.ms.subarray(from, to)), lost })
    }
    policies[name] = {
      ...figures(world, calls, outcome, { first, end: calls.count }, oracles),
      warmup: quantiles(outcome.ms.subarray(0, first)),
      timeline,
    }
  }
  const micros = Float64Array.from(made.micros).sort()
  return {
    model: {
      seconds: endMs / 1000,
      warmupSeconds: warmupMs / 1000,
      cities: world.cities.count,
      runners: world.runners.count,
      slots: world.runners.slots.reduce((sum, some) => sum + some, 0),
      hotDemandShare: world.demand.hotShare,
      speedScale: world.speedScale,
      meanRunMs: world.functions.workMs / world.speedScale,
    },
    policies,
    ...(!options.timeless && { decisionMicros: { p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) } }),
  }
}
