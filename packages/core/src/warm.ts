import { WARM_HINT_BYTES } from './call.ts'

/** Of hints known over there: the places of those that are no longer warm, and what is new. Their order means nothing. */
export function warmChange(before: Uint8Array, now: Uint8Array): { gone: number[]; fresh: Uint8Array } {
  const gone: number[] = []
  for (let at = 0; at < before.length; at += WARM_HINT_BYTES) {
    if (!holds(now, before, at)) gone.push(at / WARM_HINT_BYTES)
  }
  const fresh: number[] = []
  for (let at = 0; at < now.length; at += WARM_HINT_BYTES) {
    if (!holds(before, now, at)) fresh.push(...now.subarray(at, at + WARM_HINT_BYTES))
  }
  return { gone, fresh: Uint8Array.from(fresh) }
}

export function sameWarm(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += WARM_HINT_BYTES) if (!holds(b, a, at)) return false
  return true
}

/** Whether one of the hints is the one at this place of others. */
function holds(hints: Uint8Array, others: Uint8Array, place: number): boolean {
  for (let at = 0; at < hints.length; at += WARM_HINT_BYTES) {
    let same = 0
    while (same < WARM_HINT_BYTES && hints[at + same] === others[place + same]) same++
    if (same === WARM_HINT_BYTES) return true
  }
  return false
}
