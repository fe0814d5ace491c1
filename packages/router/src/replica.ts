import type { Weighed } from './choose.ts'
import { HOT_SHARE } from './limits/load.ts'
import type { Question } from './obstacle.ts'

/**
 * Where a function has grown so hot that its calls take nearly all slots of the chosen runner, the next call goes to the runner that
 * would be the next to be used, if that is cold: so it is warm by the time that calls would wait. One call at a time pays for it.
 */
export function replica(sorted: readonly Weighed[], chosen: Weighed, { key }: Question): Weighed | undefined {
  const { record, predicted } = chosen
  const slots = record.word?.state.slots ?? 0
  const busy = record.underWay?.get(key)?.count ?? 0
  // With one slot free of few, the next call still finds it.
  if (busy < HOT_SHARE * slots || busy >= slots) return undefined
  const next = sorted
    .filter((other) => other !== chosen)
    .reduce<Weighed | undefined>((best, other) => (best && warmMs(best) <= warmMs(other) ? best : other), undefined)
  if (next === undefined || warmMs(next) === next.predicted.totalMs) return undefined
  const isWorthIt = warmMs(next) <= predicted.totalMs + predicted.serviceMs
  return isWorthIt && next.record.underWay?.has(key) !== true ? next : undefined
}

/** What it would take if the function were warm there. */
function warmMs({ predicted }: Weighed): number {
  return predicted.totalMs - predicted.coldMs - predicted.transferMs
}
