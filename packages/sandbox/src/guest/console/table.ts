import { display } from './inspect.ts'

/** Rows under column heads, or undefined for what is no table. */
export function table(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const heads = new Set(['(index)'])
  const rows = Object.entries(data).map(([index, row]): Map<string, string> => {
    const cells: [string, unknown][] = typeof row === 'object' && row !== null ? Object.entries(row) : [['Values', row]]
    for (const [head] of cells) heads.add(head)
    return new Map([['(index)', index], ...cells.map(([head, cell]): [string, string] => [head, display(cell)])])
  })
  const columns = [...heads].map((head) => {
    const cells = [head, ...rows.map((row) => row.get(head) ?? '')]
    const width = Math.max(...cells.map((cell) => cell.length))
    return cells.map((cell) => cell.padEnd(width))
  })
  return [...rows.keys(), rows.length]
    .map((line) =>
      columns
        .map((cells) => cells[line])
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
