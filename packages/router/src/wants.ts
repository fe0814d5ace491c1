import type { PeerId, Random } from '@hither/core'
import type { Book } from './book.ts'
import { TOLD_MAX_MS, WANTS_MAX } from './limits/choice.ts'
import type { PeerRecord } from './peer-record.ts'

/**
 * Half of them the nearest, half one each from ranges of rank that grow by a constant factor, so that load finds its way out of
 * a crowded place. In a range whoever has a link stays, else chance chooses: the callers of one place spread over it.
 */
export function wants(book: Book, distanceOf: (record: PeerRecord) => number, random: Random): PeerId[] {
  const known = merged(book.offering, book.told, distanceOf)
  const near = known.slice(0, WANTS_MAX / 2)
  const far: PeerRecord[] = []
  const ranges = WANTS_MAX / 2
  const growth = known.length / near.length
  for (let i = 0, from = near.length; i < ranges && from < known.length; i++) {
    const end = Math.max(from + 1, Math.round(near.length * growth ** ((i + 1) / ranges)))
    const range = known.slice(from, end)
    const chosen = range.find(({ up }) => up) ?? range[Math.floor(random() * range.length)]
    if (chosen !== undefined) far.push(chosen)
    from = end
  }
  return [...near, ...far].map(({ peer }) => peer)
}

/** What others said of a runner is believed no longer than adverts live: after that nobody has heard of it either. */
export function forgetOld(book: Book, now: number): void {
  const old = book.told.filter(({ word }) => word !== undefined && now - word.at > TOLD_MAX_MS)
  for (const record of old) {
    record.word = undefined
    book.settle(record)
  }
}

function merged(
  a: readonly PeerRecord[],
  b: readonly PeerRecord[],
  distanceOf: (record: PeerRecord) => number,
): PeerRecord[] {
  if (b.length === 0) return [...a]
  return [...a, ...b].toSorted((x, y) => distanceOf(x) - distanceOf(y))
}
