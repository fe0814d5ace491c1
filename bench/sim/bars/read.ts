import type { PolicyName } from '../options.ts'
import type { Length, Told } from './runs.ts'

/** What rows read from reports, and say of their runs. */

export function of(told: Told, policy: PolicyName): NonNullable<Told[PolicyName]> {
  const found = told[policy]
  if (found === undefined) throw new Error(`the report says nothing of ${policy}`)
  return found
}

export function stepsOf(told: Told): NonNullable<Told['hither']>['timeline'] {
  return of(told, 'hither').timeline
}

export function stepAt(told: Told, seconds: number): ReturnType<typeof stepsOf>[number] {
  const found = stepsOf(told).find(({ fromSeconds }) => fromSeconds >= seconds)
  if (found === undefined) throw new Error(`the run ends before ${seconds} s`)
  return found
}

export function control(told: Told): number {
  return told.controlBytesPerPeerPerSecond ?? NaN
}

export function aboutOf({ peers, rate, warmup, measured }: Length): string {
  return `rate ${rate} (${peers} peers, ${measured} s after ${warmup} s)`
}

export function callsOf({ peers, rate, warmup, measured }: Length): number {
  return peers * rate * (warmup + measured)
}
