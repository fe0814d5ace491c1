import type { Tally } from './tally.ts'
import type { Watched } from './watch.ts'

export interface Soaked {
  minutes: number
  seen: Watched[]
  /** Of the rush before the minutes that count, by which everything is filled. */
  filling: Tally
  tally: Tally
  /** Calls that were under way at the end, and long after it. */
  unanswered: number
}

/** What a soak found, for people. */
export function told({ minutes, seen, filling, tally }: Soaked, faults: readonly string[]): string {
  const long = seen.some(({ alive, grows }) => alive && grows !== undefined)
  return [
    ...counts('before it, done', filling.done),
    ...counts('before it, errors that a kill or the rush explains', filling.explained),
    ...counts('before it, errors that nothing explains', filling.unexplained),
    `${minutes.toFixed(1)} minutes`,
    ...seen.filter(({ alive }) => alive).map(line),
    ended(seen.filter(({ alive }) => !alive)),
    ...counts('done', tally.done),
    `calls that were not made, since so many were under way that the machine must be too busy: ${tally.heldBack}`,
    ...counts('errors that a kill explains', tally.explained),
    ...counts('errors that nothing explains', tally.unexplained),
    faults.length > 0
      ? `faults: ${faults.join('; ')}`
      : `nothing fails; ${long ? 'nothing grows' : 'too short to say whether anything grows'}`,
  ].join('\n')
}

function ended(seen: Watched[]): string {
  const most = Math.max(0, ...seen.map(({ rssMb }) => rssMb))
  return `  ${seen.length} processes have ended, the largest with ${most.toFixed(0)} MB`
}

function line({ name, pid, rssMb, slope, grows, descriptors }: Watched): string {
  const rises =
    slope === undefined
      ? 'watched too short to say'
      : `${signed(slope.perMinute)} ± ${slope.error.toFixed(2)} MB/min${grows === true ? '  GROWS' : ''}`
  const fds = `${descriptors.first} → ${descriptors.last} descriptors${descriptors.grow === true ? '  GROW' : ''}`
  return `  ${`${name} (${pid})`.padEnd(44)} ${rssMb.toFixed(0).padStart(5)} MB  ${rises}  ${fds}`
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

function counts(title: string, all: Record<string, number>): string[] {
  const lines = Object.entries(all).map(([what, count]) => `  ${count} × ${what}`)
  return [`${title}: ${lines.length === 0 ? 'none' : ''}`, ...lines]
}
