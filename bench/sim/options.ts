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
  --timeless        leaves out decisionMicros, seconds and memory
  --json`

/** Throws an error with a text for the user. `defaults`: what a scenario sets. */
export function readOptions(args: readonly string[], defaults: Partial<Options> = {}): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: 'string' },
      calls: { type: 'string' },
      seed: { type: 'string' },
      load: { type: 'string' },
      rate: { type: 'string' },
      churn: { type: 'string' },
      lag: { type: 'string' },
      liars: { type: 'string' },
      policy: { type: 'string' },
      scenario: { type: 'string' },
      warmup: { type: 'string' },
      step: { type: 'string' },
      json: { type: 'boolean', default: false },
      timeless: { type: 'boolean', default: false },
    },
  })
  const number = (name: string, text: string | undefined, fallback: number, min: number, max: number): number => {
    const value = text === undefined ? fallback : Number(text)
    if (!(value >= min && value <= max)) throw new Error(`--${name} must be from ${min} to ${max}, not "${text}"`)
    return value
  }
  const seconds = (name: 'lag' | 'warmup' | 'step', fallback: number): number =>
    1000 * number(name, values[name], fallback / 1000, 0.01, 3600)
  return {
    peers: number('peers', values.peers, defaults.peers ?? 1000, 20, 1_000_000),
    calls: number('calls', values.calls, defaults.calls ?? 200_000, 1, 100_000_000),
    seed: number('seed', values.seed, defaults.seed ?? 1, 0, 2 ** 31),
    load: number('load', values.load, defaults.load ?? 0.7, 0.01, 2),
    rate: number('rate', values.rate, defaults.rate ?? 20, 0.001, 10_000),
    churn: number('churn', values.churn, defaults.churn ?? 0.01, 0, 10),
    lagMs: seconds('lag', defaults.lagMs ?? 2000),
    ...liarsOf(values.liars, defaults),
    policies: policiesOf(values.policy, defaults),
    ...(values.scenario !== undefined && { scenario: values.scenario }),
    ...(values.warmup !== undefined || defaults.warmupMs !== undefined
      ? { warmupMs: seconds('warmup', defaults.warmupMs ?? 0) }
      : {}),
    stepMs: seconds('step', defaults.stepMs ?? 2000),
    json: values.json,
    timeless: values.timeless,
  }
}

function liarsOf(text: string | undefined, defaults: Partial<Options>): Pick<Options, 'liars'> {
  if (text === undefined) return defaults.liars === undefined ? {} : { liars: defaults.liars }
  const [kind, share] = text.split(':')
  const lie = LIES.find((one) => one === kind)
  if (lie === undefined || !(Number(share) >= 0 && Number(share) <= 1)) {
    throw new Error(`--liars must be KIND:SHARE, KIND one of ${LIES.join(', ')}, not "${text}"`)
  }
  return { liars: { lie, share: Number(share) } }
}

function policiesOf(text: string | undefined, defaults: Partial<Options>): readonly PolicyName[] {
  if (text === undefined) return defaults.policies ?? POLICIES
  return text.split(',').map((name) => {
    const policy = POLICIES.find((one) => one === name)
    if (policy === undefined) throw new Error(`--policy must be of ${POLICIES.join(', ')}, not "${name}"`)
    return policy
  })
}
