import { makeCalls } from './calls.ts'
import { Engine } from './engine/engine.ts'
import { makeLiars } from './engine/liars.ts'
import type { Outcome } from './engine/outcome.ts'
import type { Policy } from './engine/policy.ts'
import type { Options, PolicyName } from './options.ts'
import { CapacityRandom, LeastLoaded, Nearest, StaleArgmin } from './policies/baselines.ts'
import { Hither } from './policies/hither.ts'
import { makeNames } from './policies/names.ts'
import { oracle } from './policies/oracle.ts'
import type { Traffic } from './control/ledger.ts'
import { figures, placeOf, type Figures } from './report/figures.ts'
import { tail, type Tail } from './report/tail.ts'
import { percentile, quantiles, type Quantiles } from './report/percentiles.ts'
import { generator } from './random.ts'
import type { Scenario } from './scenario.ts'
import { churn } from './schedule/churn.ts'
import { happenings } from './schedule/events.ts'
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
  policies: Partial<Record<PolicyName, Figures & { warmup: Quantiles; timeline: Step[]; tail?: Tail }>>
  /** Beside `hither`: what is said beside calls, in bytes per second. */
  controlBytesPerPeerPerSecond?: number
  controlBytesP99Peer?: number
  control?: Traffic
  /** Of hither's calls, those with a wrong answer that nobody saw through. */
  wrongShare?: number
  /** By the real clock, unlike all else. */
  decisionMicros?: { p50: number; p99: number }
}

interface Step extends Quantiles {
  fromSeconds: number
  lost: number
}

/** One run of each policy over the same calls. `now`: the real clock, in ms. */
export async function simulate(options: Options, now: () => number, scenario?: Scenario): Promise<Report> {
  const { seed, peers, load, rate, lagMs } = options
  const rttMs = scenario?.rttMs
  const world = makeWorld({ seed, peers, load, rate, ...(rttMs && { rttMs }) })
  const events = scenario?.events ?? []
  const hot = events.find((event) => event.type === 'functionGrowsHot')
  const calls = makeCalls(world, options.calls, rate, hot && { fromMs: 1000 * hot.atSeconds, share: hot.share })
  const endMs = calls.at[calls.count - 1] ?? 0
  const schedule = [
    ...churn(seed, world.runners.count, options.churn, endMs),
    ...happenings(world, events, generator(seed, 8)),
  ].sort((a, b) => a.atMs - b.atMs)
  const liars = makeLiars(seed, options.liars?.lie, options.liars?.share ?? 0)
  const warmupMs = options.warmupMs ?? Math.min(20_000, endMs / 3)

  const made = new Hither(await makeNames(world.runners.count, world.functions.count), liars, now, {
    fromMs: warmupMs,
    untilMs: endMs,
  })
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
      ...(options.tail && oracles && { tail: tail(outcome, oracles, { first, end: calls.count }) }),
    }
  }
  const traffic = options.policies.includes('hither') ? made.traffic() : undefined
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
    ...(options.liars?.lie === 'wrong' && {
      wrongShare: made.wrongAnswers.filter((call) => call >= first).length / (calls.count - first),
    }),
    ...(traffic !== undefined && {
      controlBytesPerPeerPerSecond: traffic.controlBytesPerPeerPerSecond,
      controlBytesP99Peer: traffic.controlBytesP99Peer,
      control: traffic,
    }),
    ...(!options.timeless && { decisionMicros: { p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) } }),
  }
}
