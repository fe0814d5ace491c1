import type { Run, Told } from './runs.ts'

/** A figure of the table, with what it shall be. */
export interface Bar {
  /** What `--only` names. */
  id: string
  figure: string
  runs: readonly Run[]
  /** Undefined where there is nothing to hold it against. */
  bar?: number
  dream?: number
  /** `most`: it shall be no more than the bar; `least`: no less. */
  is: 'most' | 'least'
  unit?: string
  /** Of one seed, by the reports of its runs in their order. */
  value: (...told: Told[]) => number
  /** How many runs make one value: one, where nothing is said. */
  each?: number
}

export interface Judged {
  id: string
  figure: string
  /** The worst of all seeds. */
  value: number
  all: number[]
  bar?: number
  dream?: number
  unit?: string
  met?: boolean
}

export function judge(
  { id, figure, runs, bar, dream, is, unit, value, each = 1 }: Bar,
  told: Map<string, Told>,
): Judged {
  const all: number[] = []
  for (let i = 0; i < runs.length; i += each) {
    all.push(value(...runs.slice(i, i + each).map((run) => reportOf(run, told))))
  }
  const worst = is === 'most' ? Math.max(...all) : Math.min(...all)
  return {
    id,
    figure,
    value: worst,
    all,
    ...(bar !== undefined && { bar, met: is === 'most' ? worst <= bar : worst >= bar }),
    ...(dream !== undefined && { dream }),
    ...(unit !== undefined && { unit }),
  }
}

function reportOf({ id }: Run, told: Map<string, Told>): Told {
  const found = told.get(id)
  if (found === undefined) throw new Error(`no report of the run ${id}`)
  return found
}

/** As Markdown. */
export function table(judged: readonly Judged[]): string {
  const rows = judged.map(({ figure, value, all, bar, dream, unit = '', met }) => {
    const seeds = all.length > 1 ? ` (${all.map(short).join(', ')})` : ''
    const cells = [
      figure,
      `${short(value)}${unit}${seeds}`,
      bar === undefined ? '' : short(bar),
      dream === undefined ? '' : short(dream),
      met === undefined ? '' : met ? 'yes' : '**no**',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| figure | worst (each seed) | bar | dream | met |', '|---|---|---|---|---|', ...rows].join('\n')
}

function short(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return value.toPrecision(Math.abs(value) < 1 ? 3 : 4)
}
