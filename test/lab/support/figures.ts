import { askedAt, isAnswered, type Answered, type Outcome } from './calls.ts'

/** Prints a line of the lab's figures. */
export function tell(text: string): void {
  console.log(`lab: ${text}`)
}

export function spread(all: readonly { ms: number }[]): string {
  return `p50 ${inMs(quantile(all, 50))}, p99 ${inMs(quantile(all, 99))}, longest ${inMs(quantile(all, 100))}`
}

/** So many percent of these took no longer than this, in ms. */
export function quantile(all: readonly { ms: number }[], percent: number): number {
  const sorted = all.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0
}

export function inMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`
}

export function share(part: number, whole: number): string {
  return `${part.toLocaleString('en')} of ${whole.toLocaleString('en')} (${((part / whole) * 100).toFixed(2)} %)`
}

/** How many were answered, in which times, and what became of the others. */
export function summary(all: readonly Outcome[]): string {
  const answered = all.filter(isAnswered)
  const others = new Map<string, number>()
  for (const one of all) {
    const what = 'failed' in one ? one.failed : `status ${one.status}`
    if (!isAnswered(one)) others.set(what, (others.get(what) ?? 0) + 1)
  }
  const failures = [...others].map(([what, count]) => `, ${count} ${what}`).join('')
  return `${share(answered.length, all.length)} answered${failures}; ${spread(answered)}`
}

/** Calls of which nearly all have to be as they should, before things are taken to have settled. */
const SETTLED_CALLS = 100
const SETTLED_SHARE = 0.95

/** When, after a moment and before another, those asked from then on were nearly all as they should be, in ms since; undefined: never. */
export function settledAfter(
  all: readonly Outcome[],
  moment: number,
  good: (answered: Answered) => boolean,
  until = Infinity,
): number | undefined {
  const since = all
    .filter((one) => askedAt(one) >= moment && askedAt(one) < until)
    .toSorted((a, b) => askedAt(a) - askedAt(b))
  // On a slow machine a short while has few.
  const span = until === Infinity ? SETTLED_CALLS : Math.min(SETTLED_CALLS, since.length)
  if (span === 0) return undefined
  for (let i = 0; i + span <= since.length; i++) {
    const next = since.slice(i, i + span)
    const are = next.filter((one) => isAnswered(one) && good(one)).length
    if (are >= SETTLED_SHARE * span) return askedAt(next[0] as Outcome) - moment
  }
  return undefined
}

export function after(ms: number | undefined): string {
  return ms === undefined ? 'never' : `after ${inMs(ms)}`
}
