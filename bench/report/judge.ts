import type { Findings } from '../topics/topic.ts'
import { BARS, figuresOf, type FigureId } from './bars.ts'
import type { Figure, Found, Report } from './report.ts'

/** All that has a bar, and where it stands after these topics. */
export function standing(outcomes: ReadonlyMap<string, Pick<Findings, 'figures' | 'why'>>): Figure[] {
  return (Object.keys(BARS) as FigureId[]).map((id) => {
    const { topic } = BARS[id]
    const outcome = outcomes.get(topic)
    if (outcome === undefined) return unmeasured(id, `the topic ${topic} was not run`)
    const found = outcome.figures.find((one) => one.id === id)
    return found === undefined ? unmeasured(id, outcome.why ?? `the topic ${topic} did not say it`) : judged(found)
  })
}

/** Whether these topics were measured in full: what could not be measured must not pass for a good run. */
export function complete(
  { figures, missing }: Pick<Report, 'figures' | 'missing'>,
  topics: readonly string[],
): boolean {
  const ids = topics.flatMap(figuresOf)
  return missing.length === 0 && figures.every(({ id, met }) => met !== null || !ids.includes(id))
}

/** A figure beside its bar. */
export function judged({ id, value, reference }: Found): Figure {
  const { of, better, bar } = BARS[id]
  const ratio = reference === undefined ? null : value / reference.value
  const figure = of === 'ratio' ? ratio : value
  if (figure === null || !Number.isFinite(figure)) return unmeasured(id, 'what was measured is no number')
  const met = better === 'lower' ? figure <= bar : figure >= bar
  return { ...blank(id), value, reference: reference ?? null, ratio: of === 'ratio' ? ratio : null, met }
}

export function unmeasured(id: FigureId, why: string): Figure {
  return { ...blank(id), why }
}

function blank(id: FigureId): Figure {
  const { what, unit, of, better, bar, dream } = BARS[id]
  return { id, what, value: null, unit, reference: null, ratio: null, judged: of, better, bar, dream, met: null }
}
