import type { Figure, Measure, Report } from './report.ts'

/** The report for people: what is to be reached first, then all that was measured, by topic. */
export function markdown(report: Report): string {
  const { machine, rounds, quick, figures, measures, missing } = report
  const { cpu, cores, node, jail, references, loadAtStart } = machine
  const others = Object.entries(references).map(([name, version]) => `${name} ${version}`)
  const of = `${cpu}, ${cores} cores, Node ${node}, jail ${jail}, load ${loadAtStart} at the start; beside ${others.join(', ')}`
  return [
    ...(quick ? ['A quick run: what lasts is not warm yet, and "missed" may be met at full length.'] : []),
    `Medians of ${rounds} interleaved rounds; memory and idle cost of one look. ${of}.`,
    figuresTable(figures),
    ...[...new Set(measures.map(({ topic }) => topic))].map((topic) =>
      table([topic, 'hither', 'beside', 'ratio'], measures.filter((one) => one.topic === topic).map(measureRow)),
    ),
    ...(missing.length === 0 ? [] : [missing.map(({ topic, why }) => `- not measured: ${topic}: ${why}`).join('\n')]),
  ].join('\n\n')
}

/** What is to be reached, and where it stands: the README quotes it. */
export function figuresTable(figures: readonly Figure[]): string {
  return table(['figure', 'hither', 'beside', 'judged', 'bar', 'dream', ''], figures.map(figureRow))
}

function figureRow({ what, value, unit, reference, ratio, judged, better, bar, dream, met, why }: Figure): string[] {
  const sign = better === 'lower' ? '≤' : '≥'
  if (value === null) return [what, `not measured: ${why ?? ''}`, '', '', `${sign} ${bar}`, String(dream), '']
  return [
    what,
    `${short(value)} ${unit}`,
    beside(reference),
    judged === 'ratio' ? `${short(ratio ?? NaN)}×` : short(value),
    `${sign} ${bar}`,
    String(dream),
    met === true ? 'met' : 'missed',
  ]
}

function measureRow({ what, value, unit, reference }: Measure): string[] {
  const ratio = reference === undefined ? '' : `${short(value / reference.value)}×`
  return [what, `${short(value)} ${unit}`, beside(reference ?? null), ratio]
}

function beside(reference: Figure['reference']): string {
  return reference === null ? '' : `${short(reference.value)} (${reference.name})`
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Three digits that count. */
function short(value: number): string {
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
