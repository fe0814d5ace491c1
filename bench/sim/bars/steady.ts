import type { PolicyName } from '../options.ts'
import type { Bar } from './bar.ts'
import { aboutOf, control, of } from './read.ts'
import type { Length, Run, Told } from './runs.ts'

/** 70 % load, honest runners, 1 % churn. */
export function steady(length: Length, runs: readonly Run[]): Bar[] {
  const about = aboutOf(length)
  const most = (id: string, figure: string, bar: number, dream: number, value: Bar['value']): Bar => ({
    id,
    figure: `${figure}, ${about}`,
    bar,
    dream,
    value,
    runs,
    is: 'most',
  })
  const over = (policy: PolicyName, other: 'hither' | 'oracle1'): Omit<Bar, 'figure'> => ({
    id: 'baselines',
    runs,
    is: 'least',
    value: (told) => of(told, policy).p99Ms / of(told, other).p99Ms,
  })
  // Beside each, what the oracle that knows all comes to: nobody can be better than that.
  const better = (policy: PolicyName, bar: number, dream: number): Bar[] => [
    { ...over(policy, 'hither'), figure: `p99 of ${policy} over hither's, ${about}`, bar, dream },
    { ...over(policy, 'oracle1'), figure: `the same over oracle1's: more cannot be had` },
  ]
  const ratio = (quantile: 'p50Ms' | 'p99Ms' | 'p999Ms') => (told: Told) =>
    of(told, 'hither')[quantile] / of(told, 'oracle1')[quantile]
  return [
    most('stretch', 'median stretch against O1', 1.15, 1.05, (told) => of(told, 'hither').stretchP50),
    most('stretch', 'median stretch against O2', 1.1, 1.02, (told) => of(told, 'hither').stretch2P50),
    most('ratio', 'ratio to O1 at p50', 1.15, 1.05, ratio('p50Ms')),
    most('ratio', 'ratio to O1 at p99', 1.2, 1.05, ratio('p99Ms')),
    most('ratio', 'ratio to O1 at p99.9', 1.5, 1.1, ratio('p999Ms')),
    ...better('nearest', 2, 4),
    ...better('leastLoaded', 2, 4),
    ...better('random', 2, 4),
    ...better('staleArgmin', 1.25, 1.5),
    { ...most('control', 'control traffic', 1024, 512, control), unit: ' B/s' },
    {
      id: 'control',
      figure: `control traffic of the p99 peer, ${about}`,
      bar: 5120,
      is: 'most',
      unit: ' B/s',
      runs,
      value: (told) => told.controlBytesP99Peer ?? NaN,
    },
  ]
}
