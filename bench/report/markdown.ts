import { BARS } from './bars.ts'
import type { Figure, Machine, Measure, Report } from './report.ts'

/** The report for people: what is to be reached first, then all that was measured, by topic. */
export function markdown(report: Report): string {
  const { rounds, quick, figures, measures, missing } = report
  return [
    ...(quick ? ['A quick run: what lasts is not warm yet, and "missed" may be met at full length.'] : []),
    `Medians of ${rounds} interleaved rounds; memory and idle cost of one look.`,
    about(report.machine),
    figuresTable(figures),
    ...[...new Set(measures.map(({ topic }) => topic))].map((topic) =>
      table([topic, 'hither', 'beside', 'ratio'], measures.filter((one) => one.topic === topic).map(measureRow)),
    ),
    ...(missing.length === 0 ? [] : [missing.map(({ topic, why }) => `- not measured: ${topic}: ${why}`).join('\n')]),
  ].join('\n\n')
}

/** What the README quotes: where it was measured, what is to be reached, and what a user would pick instead. */
export function quotation({ machine, figures, measures }: Report): string {
  return [
    about(machine),
    figuresTable(figures),
    'Processor time of all its processes for one request over HTTP, of 64 at once, in µs:',
    requestsTable(measures),
  ].join('\n\n')
}

function about({ cpu, cores, node, jail, references, commit, changed, ...machine }: Machine): string {
  const others = Object.entries(references).map(([name, version]) => `${name} ${version}`)
  const of = commit === undefined ? '' : ` of ${commit.slice(0, 12)}${changed === true ? ' with changes' : ''}`
  const { loadAtStart, othersAtStart } = machine
  const taken =
    othersAtStart === undefined ? '' : `, when others took ${short(100 * othersAtStart)} % of the processors' time`
  const where = `${cpu}, ${cores} cores, Node ${node}, jail ${jail}; beside ${others.join(', ')}`
  return `One run${of} on ${where}. The load average was ${loadAtStart} at the start${taken}.`
}

const REQUESTS = /^gateway\/([^/]+)\/([^/]+)\/c64\/serverUs$/

function requestsTable(measures: readonly Measure[]): string {
  const found = measures.flatMap(({ id, value }) => {
    const [, handler, server] = REQUESTS.exec(id) ?? []
    return handler === undefined || server === undefined ? [] : [{ handler, server, value }]
  })
  const servers = [...new Set(found.map(({ server }) => server))]
  const rows = [...new Set(found.map(({ handler }) => handler))].map((handler) => [
    handler,
    ...servers.map((server) => {
      const cell = found.find((one) => one.handler === handler && one.server === server)
      return cell === undefined ? '' : short(cell.value)
    }),
  ])
  return table(['handler', ...servers], rows)
}

/** What is to be reached, and where it stands. */
export function figuresTable(figures: readonly Figure[]): string {
  return table(['figure', 'hither', 'beside', 'judged', 'bar', 'dream', ''], figures.map(figureRow))
}

/** In the words of today: those of a report that was kept are as old as it is. */
function figureRow({ id, value, unit, reference, ratio, judged, better, bar, dream, met, why }: Figure): string[] {
  const { what } = BARS[id]
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
