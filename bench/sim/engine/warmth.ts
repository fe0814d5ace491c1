import { BUNDLES_MAX, COLD_MS, WARM_MAX } from '../limits.ts'
import { drawFrom, generator } from '../random.ts'
import type { World } from '../world/world.ts'

const COLD = 0
const STORED = 1
const WARM = 2

const NONE = -1

/** Which functions each runner has warm or at least stored, least recently used forgotten first. */
export interface Warmth {
  /** What a call would take before it runs, in ms. */
  fetchMs(runner: number, fn: number): number
  startMs(runner: number, fn: number): number
  use(runner: number, fn: number): void
  /** Isolates end with the process, what is stored stays. */
  restart(runner: number): void
  /** Warm functions, most recent first. */
  recent(runner: number, max: number): number[]
}

/** Starts as after a long life: each runner has drawn functions by their popularity until it was full. */
export function makeWarmth({ seed, runners, functions }: World): Warmth {
  const { count } = functions
  const level = new Uint8Array(runners.count * count)
  // Of each runner a list of what it has, most recent first: what is warm stands before all that is only stored.
  const before = new Int16Array(runners.count * count)
  const after = new Int16Array(runners.count * count)
  const first = new Int16Array(runners.count).fill(NONE)
  const last = new Int16Array(runners.count).fill(NONE)
  const lastWarm = new Int16Array(runners.count).fill(NONE)
  const warm = new Uint16Array(runners.count)
  const stored = new Uint16Array(runners.count)

  const takeOut = (runner: number, fn: number): void => {
    const base = runner * count
    const [newer, older] = [before[base + fn] ?? NONE, after[base + fn] ?? NONE]
    if (newer === NONE) first[runner] = older
    else after[base + newer] = older
    if (older === NONE) last[runner] = newer
    else before[base + older] = newer
    if (lastWarm[runner] === fn) lastWarm[runner] = newer
  }

  const putFirst = (runner: number, fn: number): void => {
    const base = runner * count
    const next = first[runner] ?? NONE
    before[base + fn] = NONE
    after[base + fn] = next
    if (next === NONE) last[runner] = fn
    else before[base + next] = fn
    first[runner] = fn
    if (lastWarm[runner] === NONE) lastWarm[runner] = fn
  }

  const use = (runner: number, fn: number): void => {
    const base = runner * count
    const had = level[base + fn] ?? COLD
    if (had !== COLD) takeOut(runner, fn)
    putFirst(runner, fn)
    if (had === WARM) return
    level[base + fn] = WARM
    warm[runner] = (warm[runner] ?? 0) + 1
    if ((warm[runner] ?? 0) > WARM_MAX) {
      const cooled = lastWarm[runner] ?? NONE
      level[base + cooled] = STORED
      lastWarm[runner] = before[base + cooled] ?? NONE
      warm[runner] = WARM_MAX
    }
    if (had === STORED) return
    stored[runner] = (stored[runner] ?? 0) + 1
    if ((stored[runner] ?? 0) > BUNDLES_MAX) {
      const dropped = last[runner] ?? NONE
      level[base + dropped] = COLD
      takeOut(runner, dropped)
      stored[runner] = BUNDLES_MAX
    }
  }

  const random = generator(seed, 6)
  for (let runner = 0; runner < runners.count; runner++) {
    for (let i = 0; i < 3 * BUNDLES_MAX; i++) use(runner, drawFrom(functions.popularity, random))
  }

  return {
    use,
    fetchMs: (runner, fn) => (level[runner * count + fn] === COLD ? (runners.transferMs[runner] ?? 0) : 0),
    startMs: (runner, fn) => (level[runner * count + fn] === WARM ? 0 : COLD_MS),
    restart(runner) {
      for (let i = runner * count; i < (runner + 1) * count; i++) if (level[i] === WARM) level[i] = STORED
      warm[runner] = 0
      lastWarm[runner] = NONE
    },
    recent(runner, max) {
      const some: number[] = []
      for (let fn = first[runner] ?? NONE; fn !== NONE && some.length < max; fn = after[runner * count + fn] ?? NONE) {
        if (level[runner * count + fn] !== WARM) break
        some.push(fn)
      }
      return some
    },
  }
}
