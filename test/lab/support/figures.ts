/** Prints a line of the lab's figures. */
export function tell(text: string): void {
  console.log(`lab: ${text}`)
}

export function spread(all: readonly { ms: number }[]): string {
  const sorted = all.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const at = (percent: number): string => inMs(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0)
  return `p50 ${at(50)}, p99 ${at(99)}, longest ${at(100)}`
}

export function inMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`
}

export function share(part: number, whole: number): string {
  return `${part.toLocaleString('en')} of ${whole.toLocaleString('en')} (${((part / whole) * 100).toFixed(1)} %)`
}
