import { fileURLToPath } from 'node:url'
import type { PolicyName } from '../options.ts'
import type { Bar } from './bar.ts'
import { churns, full, leaves, liars } from './faults.ts'
import type { Plan } from './plan.ts'
import { callsOf, control } from './read.ts'
import { run, type Length, type Run, type Told } from './runs.ts'
import { steady } from './steady.ts'

const ALL: readonly PolicyName[] = ['hither', 'oracle1', 'oracle2', 'random', 'nearest', 'leastLoaded', 'staleArgmin']

const LEAVES = fileURLToPath(new URL('../scenarios/city-leaves.json', import.meta.url))

/** The rows of the table. */
export function bars(plan: Plan): Bar[] {
  const { seeds, growth, million } = plan
  const each = (name: string, length: Length, policies: readonly PolicyName[], more = {}): Run[] =>
    seeds.map((seed) => run(name, seed, length, policies, more))
  const [fewPeers, manyPeers] = [run('growth', 1, growth[0], ['hither']), run('growth', 1, growth[1], ['hither'])]
  return [
    ...plan.steady.flatMap((length) => steady(length, each('steady', length, ALL))),
    ...plan.full.flatMap((length) => full(length, each('full', length, ['hither', 'oracle1'], { load: 0.85 }))),
    ...plan.liars.flatMap((length) => liars(length, each)),
    ...plan.leaves.flatMap((length) =>
      leaves(length, each('leaves', length, ['hither'], { scenario: LEAVES, step: 1 })),
    ),
    ...plan.churn.flatMap((length) => churns(length, each('churn', length, ['hither', 'oracle1'], { churn: 0.1 }))),
    {
      id: 'growth',
      is: 'most',
      bar: 0.1,
      each: 2,
      runs: [fewPeers, manyPeers],
      figure: `growth of control traffic from ${growth[0].peers} to ${growth[1].peers} peers, by ${growth[0].rate} calls/s and peer`,
      value: (few: Told, many: Told) => control(many) / control(few) - 1,
    },
    ...(['seconds', 'maxRssMb'] as const).map((cost): Bar => ({
      id: 'million',
      is: 'most',
      runs: [run('million', 1, million, ['hither'])],
      ...(cost === 'seconds' ? { unit: ' s', bar: 600 } : { unit: ' MB', bar: 8192 }),
      figure: `${callsOf(million)} calls of ${million.peers} peers: ${cost === 'seconds' ? 'time' : 'memory'}`,
      value: (told) => told.cost[cost],
    })),
  ]
}
