import { AHEAD_MS, HEAVY_MS } from './limits.ts'
import type { Weight } from './weights.ts'

/** What a process is for. A light one becomes heavy when something in it turns out to burn; another serves the light then. */
export type Lane = 'light' | 'heavy'

/** A process of the cordon, as far as the choice needs to know it. */
export interface Place {
  readonly lane: Lane
  /** Nobody has its thread, and it was sent nothing that it has not answered. */
  readonly free: boolean
  /** The processor time that what it was sent and has not answered is expected to take, in ms. */
  readonly aheadMs: number
  /** The part of it that is one caller's. */
  aheadOfMs(caller: string): number
  /** Some of that may take any time: it is of unknown weight, or was thought light and is not. */
  readonly uncertain: boolean
  /** It has nothing before it but the load of this function, which is for a call like this. */
  expects(key: string): boolean
  isWarm(key: string): boolean
  /** One function more would take the place of one that was called lately. */
  readonly full: boolean
  /** No function was loaded there for a while. */
  readonly settled: boolean
  /** It has this function warm and no other. */
  hasOnly(key: string): boolean
}

export interface Wish {
  key: string
  caller: string
  weight: Weight
  /** Expected, in ms. */
  meanMs: number
  /** Since it came, in ms. */
  waitedMs: number
}

/** How much the runner may still do. */
export interface Room {
  cores: number
  /** Processes, over all cordons, that burn now. */
  burning: number
  /** Of the cores, those that the cordon may have. */
  lent: number
  /** May the cordon have a process more only so that no function has to go for another? */
  mayGrow(): boolean
}

/** A new process: an extra one where it is only for functions that have no room in others. */
export interface Start {
  start: Lane
  extra: boolean
}

/** A process that is there and the lane it is in from now on, a new one, or neither for now. */
export type Choice<P> = { place: P; lane: Lane } | Start | 'wait'

/**
 * Where a call goes within its cordon. It is never sent to a process where it might wait behind a heavy turn: it rather
 * waits outside, where the next process that gets free can have it, and where a new one may be started for it.
 */
export function place<P extends Place>(wish: Wish, places: readonly P[], room: Room): Choice<P> {
  return wish.weight === 'heavy' ? placeHeavy(wish, places, room) : placeLight(wish, places, room)
}

/** One at a time in a process, as many as there are cores: more would only take turns. */
function placeHeavy<P extends Place>(wish: Wish, places: readonly P[], { cores, burning, lent }: Room): Choice<P> {
  if (burning >= cores) return 'wait'
  const heavy = places.filter(({ lane }) => lane === 'heavy')
  const free = freeFor(wish, heavy)
  if (free !== undefined) return { place: free, lane: 'heavy' }
  if (heavy.length >= lent) return 'wait'
  // Its first run told that it burns. Where it disturbs nobody it stays, and begins nowhere anew.
  const own = places.find((one) => one.free && one.hasOnly(wish.key))
  return own === undefined ? { start: 'heavy', extra: false } : { place: own, lane: 'heavy' }
}

/** One after the other in one process, as long as they are known to be short; in several when they are many. */
function placeLight<P extends Place>(wish: Wish, places: readonly P[], room: Room): Choice<P> {
  const { lent } = room
  let best: P | undefined
  let [light, heavy, certain] = [0, 0, 0]
  for (const one of places) {
    if (one.lane === 'heavy') {
      heavy += 1
      continue
    }
    light += 1
    // What is uncertain there is the very call's own.
    if (one.expects(wish.key)) return { place: one, lane: 'light' }
    if (one.uncertain) continue
    certain += 1
    if ((one.free || maySendAhead(wish, one)) && (best === undefined || isBetter(wish, one, best))) best = one
  }
  if (best !== undefined) {
    const beside = evicts(wish, best) ? placeBeside(wish, best, places, room) : undefined
    return beside ?? { place: best, lane: 'light' }
  }
  // An uncertain one is certain soon, one way or the other; full ones that nobody got into for so long will stay full.
  const full = certain > 0 && wish.waitedMs >= HEAVY_MS
  if (light > 0 && (!full || light >= lent)) return 'wait'
  // Also beside light ones: what a busy machine held up counts as heavy without ever having burned, and would be more each time.
  const free = freeFor(
    wish,
    places.filter(({ lane }) => lane === 'heavy'),
  )
  if (free !== undefined) return { place: free, lane: 'light' }
  return heavy <= lent + TURNED_HEAVY_MAX ? { start: 'light', extra: false } : 'wait'
}

/**
 * Where else than in a full process: of functions that are called in turn, one more than there is room for, each would be loaded again and
 * again in place of the next.
 */
function placeBeside<P extends Place>(wish: Wish, full: P, places: readonly P[], room: Room): Choice<P> | undefined {
  const [light, heavy] = [places.filter(({ lane }) => lane === 'light'), places.filter(({ lane }) => lane === 'heavy')]
  if (light.some((one) => !evicts(wish, one))) return isPatient(wish, full, light) ? 'wait' : undefined
  if (light.length >= room.lent) return undefined
  const roomy = heavy.filter((one) => !evicts(wish, one))
  const free = freeFor(wish, roomy)
  if (free !== undefined) return { place: free, lane: 'light' }
  return heavy.length <= room.lent + TURNED_HEAVY_MAX && room.mayGrow() ? { start: 'light', extra: true } : undefined
}

/** Another has it warm, or room for it, but not just now. Where all are busy, to load it once more only makes all busier. */
function isPatient({ key, waitedMs }: Wish, full: Place, light: readonly Place[]): boolean {
  return waitedMs < HEAVY_MS || (!full.settled && light.some((one) => !one.uncertain && one.isWarm(key)))
}

/** Where its function is warm, then where it takes no other's place, and then where less is ahead of it. */
function isBetter(wish: Wish, one: Place, best: Place): boolean {
  const warm = one.isWarm(wish.key)
  if (warm !== best.isWarm(wish.key)) return warm
  const full = evicts(wish, one)
  return full === evicts(wish, best) ? one.aheadMs < best.aheadMs : !full
}

function evicts({ key }: Wish, one: Place): boolean {
  return !one.isWarm(key) && one.full
}

/** What was sent keeps its order: a caller sends one, or a little, so that it never fills what others then wait behind. */
function maySendAhead({ caller, meanMs }: Wish, to: Place): boolean {
  if (to.aheadMs + meanMs > HEAVY_MS) return false
  const ownMs = to.aheadOfMs(caller)
  return ownMs === 0 || ownMs + meanMs <= AHEAD_MS
}

/** Processes beyond the cores that may burn, since what is in them was not known to be heavy when it came. */
const TURNED_HEAVY_MAX = 1

function freeFor<P extends Place>(wish: Wish, places: readonly P[]): P | undefined {
  const free = places.filter((one) => one.free)
  return free.find((one) => one.isWarm(wish.key)) ?? free[0]
}
