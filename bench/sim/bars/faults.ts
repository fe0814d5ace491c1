import { LIES } from '../engine/liars.ts'
import type { PolicyName } from '../options.ts'
import type { Bar } from './bar.ts'
import { LEAVES_AT, type Plan } from './plan.ts'
import { aboutOf, of, stepAt, stepsOf } from './read.ts'
import type { Length, Run, Told } from './runs.ts'

/** How far above its median of before a p99.9 may be and still count as back: of a second's calls it scatters by as much. */
const BACK = 1.25

export function full(length: Length, runs: readonly Run[]): Bar[] {
  return [
    {
      id: 'full',
      figure: `85 % load: p99 ratio to O1, ${aboutOf(length)}`,
      runs,
      bar: 3,
      dream: 1.5,
      is: 'most',
      value: (told) => of(told, 'hither').p99Ms / of(told, 'oracle1').p99Ms,
    },
    {
      // What is unstable grows without end; a queue that wavers does not.
      id: 'full',
      figure: `85 % load: p99 of the last measured steps over the first, ${aboutOf(length)}`,
      runs,
      bar: 1.25,
      is: 'most',
      value(told) {
        const steps = stepsOf(told).filter(({ fromSeconds }) => fromSeconds >= length.warmup)
        const third = Math.max(1, Math.floor(steps.length / 3))
        const mean = (some: typeof steps): number => some.reduce((sum, { p99Ms }) => sum + p99Ms, 0) / some.length
        return mean(steps.slice(-third)) / mean(steps.slice(0, third))
      },
    },
  ]
}

type Each = (
  name: string,
  length: Length,
  policies: readonly PolicyName[],
  more?: Record<string, string | number>,
) => Run[]

export function liars(length: Plan['liars'][number], each: Each): Bar[] {
  const honest = each('honest', length, ['hither'], { step: 10 })
  return LIES.flatMap((lie) => {
    const lying = each(lie, length, ['hither'], { step: 10, liars: `${lie}:0.1` })
    return length.after.map((after): Bar => ({
      id: 'liars',
      runs: honest.flatMap((one, i) => [one, lying[i] ?? one]),
      each: 2,
      is: 'most',
      bar: after >= 120 ? 0.15 : 0.25,
      dream: 0.05,
      figure: `10 % ${lie} liars after ${after} s: p99 beyond that of none, ${aboutOf(length)}`,
      value: (none, some) => stepAt(some, after).p99Ms / stepAt(none, after).p99Ms - 1,
    }))
  })
}

export function leaves(length: Length, runs: readonly Run[]): Bar[] {
  return [
    {
      id: 'leaves',
      figure: `a city leaves: p99.9 is back after, ${aboutOf(length)}`,
      runs,
      unit: ' s',
      bar: 10,
      dream: 5,
      is: 'most',
      value: backAfter,
    },
    lostOf('leaves', 'a city leaves', length, runs),
  ]
}

export function churns(length: Length, runs: readonly Run[]): Bar[] {
  return [
    {
      id: 'churn',
      figure: `10 % churn a minute: p99.9 ratio to O1, ${aboutOf(length)}`,
      runs,
      is: 'most',
      value: (told) => of(told, 'hither').p999Ms / of(told, 'oracle1').p999Ms,
    },
    lostOf('churn', '10 % churn a minute', length, runs),
  ]
}

function lostOf(id: string, what: string, length: Length, runs: readonly Run[]): Bar {
  return {
    id,
    figure: `${what}: lost repeatable calls, ${aboutOf(length)}`,
    runs,
    bar: 0.0001,
    is: 'most',
    value: (told) => of(told, 'hither').lostRepeatableShare,
  }
}

/** The end of the last second whose p99.9 is too high, from the leaving on. */
function backAfter(told: Told): number {
  const steps = stepsOf(told)
  const before = steps
    .filter(({ fromSeconds }) => fromSeconds >= LEAVES_AT / 2 && fromSeconds < LEAVES_AT)
    .map(({ p999Ms }) => p999Ms)
    .toSorted((a, b) => a - b)
  const usual = before[Math.floor(before.length / 2)] ?? NaN
  const late = steps.findLast(({ fromSeconds, p999Ms }) => fromSeconds >= LEAVES_AT && p999Ms > BACK * usual)
  return late === undefined ? 0 : late.fromSeconds + 1 - LEAVES_AT
}
