import type { Comparison } from './expected.ts'
import type { Count, Failure, Tally } from './tally.ts'

const MESSAGE_MAX_CHARS = 160

/** What the run came to, for people. */
export function describeRun(tally: Tally, { regressions, known, mended }: Comparison): string {
  const sections = [
    section(
      'Known failures',
      known.map(({ failure, why }) => `${line(failure)}\n      because ${why}`),
    ),
    section('Not counted', whys(tally.excluded)),
    section('Not counted, by design', whys(tally.byDesign)),
    section(
      'Without all of their results',
      tally.troubles.map((trouble) => short(trouble)),
    ),
    section(
      'Expected to fail and passed: take them out of expected.json',
      mended.map(({ file, name }) => `${file}: ${name}`),
    ),
    section('REGRESSIONS: failed and not expected to', regressions.map(line)),
    table(tally),
  ]
  return sections.filter((text) => text !== '').join('\n\n')
}

function whys(counts: Record<string, number>): string[] {
  return Object.entries(counts).map(([why, count]) => `${String(count).padStart(6)}  ${why}`)
}

function table({ areas, total, strict, files }: Tally): string {
  const rows = Object.entries(areas).map(([area, count]) => row(area, count))
  const head = `${'area'.padEnd(24)}${'isolate'.padStart(24)}${'Node'.padStart(24)}`
  return [head, ...rows, row(`total, ${files} files`, total), row('with those by design', strict)].join('\n')
}

function row(name: string, { passed, of, nodePassed }: Count): string {
  return name.padEnd(24) + share(passed, of) + share(nodePassed, of)
}

function share(passed: number, of: number): string {
  const percent = of === 0 ? '–' : `${((100 * passed) / of).toFixed(2)} %`
  return `${passed}/${of} ${percent.padStart(9)}`.padStart(24)
}

function line({ file, name, message, nodePassed }: Failure): string {
  return `${file}: ${name}${nodePassed ? '' : ' (Node fails too)'}\n      ${short(message)}`
}

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : `${title} (${lines.length})\n${lines.map((text) => `  ${text}`).join('\n')}`
}

function short(text: string): string {
  const flat = text.replace(/\s+/g, ' ')
  return flat.length > MESSAGE_MAX_CHARS ? `${flat.slice(0, MESSAGE_MAX_CHARS)} …` : flat
}
