import { parseArgs } from 'node:util'
import { LIES, type Lie } from './engine/liars.ts'

const POLICIES = ['hither', 'oracle1', 'oracle2', 'random', 'nearest', 'leastLoaded', 'staleArgmin'] as const
export type PolicyName = (typeof POLICIES)[number]

export interface Options {
  peers: number
  calls: number
  seed: number
  load: number
  rate: number
  /** Share of the runners that leave in a minute. */
  churn: number
  lagMs: number
  liars?: { lie: Lie; share: number }
  policies: readonly PolicyName[]
  scenario?: string
  warmupMs?: number
  /** Of the times of a run, how long each is that is reported by itself. */
  stepMs: number
  /** Tells where the slowest calls spent their time; only beside both oracles. */
  tail: boolean
  json: boolean
  /** Leaves out what real clocks say, so that the same seed gives the same bytes. */
  timeless: boolean
}

export const USAGE = `npm run sim -- --peers N --calls M --seed S --load L --rate R
  --peers 1000      peers; a quarter of them are runners
  --calls 200000    calls in all, the warm-up's included
  --seed 1          same seed, same output
  --load 0.7        offered service work over slots × speed
  --rate 20         calls per second and peer
  --churn 0.01      share of the runners that leave in a minute
  --lag 2           seconds between two words of a runner about itself
  --liars KIND:SHARE  ${LIES.join(', ')}
  --policy P,Q      ${POLICIES.join(', ')}; all without it
  --scenario FILE   parameters, a table of round trips, events (bench/sim/README.md)
  --warmup S        seconds before measuring; a third of the run, at most 20, without it
  --step S          seconds in each line of the timeline; 2 without it
  --tail            where the slowest calls spend their time, beside both oracles
  --timeless        leaves out decisionMicros, seconds and memory
  --json`

const SET = { type: 'string' } as const

/** Throws an error with a text for the user. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: SET,
      calls: SET,
      seed: SET,
      load: SET,
      rate: SET,
      churn: SET,
      lag: SET,
      liars: SET,
      policy: SET,
      scenario: SET,
      warmup: SET,
      step: SET,
      tail: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      timeless: { type: 'boolean', default: false },
    },
  })
  const number = (name: keyof typeof values, fallback: number, min: number, max: number): number => {
    const text = values[name]
    const value = text === undefined ? fallback : Number(text)
    if (!(value >= min && value <= max)) {
      throw new Error(`--${name} must be a number from ${min} to ${max}, not "${String(text)}"`)
    }
    return value
  }
  const { liars, policy, scenario, warmup, tail, json, timeless } = values
  return {
    peers: Math.round(number('peers', 1000, 20, 1_000_000)),
    calls: Math.round(number('calls', 200_000, 100, 100_000_000)),
    seed: Math.round(number('seed', 1, 0, 2 ** 31)),
    load: number('load', 0.7, 0.01, 2),
    rate: number('rate', 20, 0.001, 10_000),
    churn: number('churn', 0.01, 0, 10),
    lagMs: 1000 * number('lag', 2, 0.01, 3600),
    stepMs: 1000 * number('step', 2, 0.01, 3600),
    policies: policy === undefined ? POLICIES : policiesOf(policy),
    tail,
    json,
    timeless,
    ...(liars !== undefined && { liars: liarsOf(liars) }),
    ...(scenario !== undefined && { scenario }),
    ...(warmup !== undefined && { warmupMs: 1000 * number('warmup', 0, 0, 3600) }),
  }
}

function liarsOf(text: string): { lie: Lie; share: number } {
  const [kind, share] = text.split(':')
  const lie = LIES.find((one) => one === kind)
  if (lie === undefined || !(Number(share) >= 0 && Number(share) <= 1)) {
    throw new Error(`--liars must be KIND:SHARE, KIND one of ${LIES.join(', ')}, not "${text}"`)
  }
  return { lie, share: Number(share) }
}

function policiesOf(text: string): PolicyName[] {
  return text.split(',').map((name) => {
    const policy = POLICIES.find((one) => one === name)
    if (policy === undefined) throw new Error(`--policy must be of ${POLICIES.join(', ')}, not "${name}"`)
    return policy
  })
}
