import type { Told } from './told.ts'

/** The report for programs: a key per policy, beside what is said of the whole. */
export function json({ policies, decisionMicros, ...rest }: Told): string {
  const micros = decisionMicros && { decisionMicros: decisionMicros.p50, decisionMicrosP99: decisionMicros.p99 }
  return JSON.stringify({ ...policies, ...rest, ...micros })
}
