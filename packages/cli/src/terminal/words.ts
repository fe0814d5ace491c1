/** Numbers and ids as people read them. */

export function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  if (value >= 100) return `${Math.round(value)} ms`
  return `${value.toFixed(1)} ms`
}

/** How long something is past, in one unit. */
export function ago(value: number): string {
  const [size, unit] = AGES.findLast(([least]) => value >= 2 * least) ?? [1000, 's']
  return value < 1000 ? 'just now' : `${Math.floor(value / size)} ${unit} ago`
}

const AGES: readonly [ms: number, unit: string][] = [
  [1000, 's'],
  [60_000, 'min'],
  [3_600_000, 'h'],
  [86_400_000, 'days'],
]

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`
  if (value < 1024 ** 2) return `${(value / 1024).toFixed(1)} KiB`
  if (value < 1024 ** 3) return `${(value / 1024 ** 2).toFixed(1)} MiB`
  return `${(value / 1024 ** 3).toFixed(1)} GiB`
}

/** The end of a peer id: the beginning is the same for all. */
export function shortPeer(peer: string): string {
  return `…${peer.slice(-8)}`
}

export function shortKey(key: string): string {
  return `${key.slice(0, 8)}…`
}

export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

/** A moment to the minute, UTC. */
export function time(value: number): string {
  return new Date(value).toISOString().slice(0, 16).replace('T', ' ')
}

/** Rows as columns, two spaces apart. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function networkWords(network: { label: string } | undefined): string {
  return network === undefined ? 'open' : `closed, "${network.label}"`
}
