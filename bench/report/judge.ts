import { BARS, type FigureId } from './bars.ts'
import type { Figure, Found } from './report.ts'

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
