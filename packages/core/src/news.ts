import { queuePlaces } from './limits.ts'
import type { RunnerState } from './call.ts'
import type { Coordinate } from './coordinate.ts'
import { Packer, Unpacker } from './packed.ts'
import { decodePlace, encodePlace, PLACE_BYTES } from './place-bytes.ts'
import { packState, partsChanged, quickPartsChanged, SAYS_ALL, standsButForSlots, unpackState } from './state-bytes.ts'

/** What a peer says of itself. */
export interface News {
  /** Where it is. */
  place?: Coordinate | undefined
  state?: RunnerState | undefined
}

/** Beside the parts of a state, in the byte that says what follows. */
const SAYS_PLACE = 16

const NOTHING = new Uint8Array(0)

/** Nothing is written while something else is. */
const to = new Packer()

/**
 * What of it is other than what was said `before` on the same stream, which loses nothing: a byte that says what follows, and that.
 * Empty where nothing is.
 */
export function encodeNews({ place, state }: News, before: RunnerState | undefined): Uint8Array<ArrayBuffer> {
  const parts = (state && partsChanged(before, state)) ?? 0
  const says = parts | (place === undefined ? 0 : SAYS_PLACE)
  if (says === 0) return NOTHING
  to.begin().byte(says)
  if (place !== undefined) to.raw(encodePlace(place))
  if (state !== undefined) packState(to, parts, before, state)
  return to.packed()
}

/** What is known of a peer once its news came on top of what it said before. Throws `bad-message`. */
export function decodeNews(
  bytes: Uint8Array,
  before: RunnerState | undefined,
): { place?: Coordinate; state?: RunnerState } {
  const from = new Unpacker(bytes, 'the news')
  const says = from.byte()
  if (says === 0 || says > (SAYS_ALL | SAYS_PLACE)) throw from.refuse('they say what nobody knows')
  const place = says & SAYS_PLACE ? { place: decodePlace(from.raw(PLACE_BYTES)) } : {}
  const state = says & SAYS_ALL ? { state: unpackState(from, says & SAYS_ALL, before) } : {}
  from.end()
  return { ...place, ...state }
}

/** A price that moved by less than this share, or by less than so many ms, changes no choice between runners. */
const PRICE_MOVED_SHARE = 0.1
const PRICE_MOVED_MS = 1

/** So many of its slots more or fewer are in use: as far off as what others sent meanwhile makes any word. */
const LOAD_MOVED_SHARE = 0.25

/**
 * Whether a caller that knows the one would decide otherwise if it knew the other; which functions are warm is left out. How many slots
 * there are matters by how many of them are free.
 */
export function isWorthTelling(known: RunnerState | undefined, now: RunnerState): boolean {
  if (known === undefined) return true
  if (quickPartsChanged(known, now) === 0) return false
  if (!standsButForSlots(known, now) || fullness(known) !== fullness(now)) return true
  const price = Math.abs(now.priceMs - known.priceMs)
  if (price >= Math.max(PRICE_MOVED_MS, PRICE_MOVED_SHARE * known.priceMs)) return true
  const load = Math.abs(now.busy + now.queued - known.busy - known.queued)
  return load >= Math.max(1, LOAD_MOVED_SHARE * now.slots)
}

/** A slot is free; a place in the queue is; none is. */
function fullness({ slots, busy, queued }: RunnerState): number {
  const load = busy + queued
  return load < slots ? 0 : load < slots + queuePlaces(slots) ? 1 : 2
}
