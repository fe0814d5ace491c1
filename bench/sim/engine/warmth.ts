import { BUNDLES_MAX, COLD_MS, WARM_MAX } from '../limits.ts'
import { drawFrom, generator } from '../random.ts'
import type { World } from '../world/world.ts'

const COLD = 0
const STORED = 1
const WARM = 2

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
  const usedAt = new Uint32Array(runners.count * count)
  const warm = new Uint16Array(runners.count)
  const stored = new Uint16Array(runners.count)
  let clock = 0

  const oldest = (runner: number, least: number): number => {
    let found = -1
    let at = Infinity
    for (let i = runner * count; i < (runner + 1) * count; i++) {
      if ((level[i] ?? 0) >= least && (usedAt[i] ?? 0) < at) {
        found = i
        at = usedAt[i] ?? 0
      }
    }
    return found
  }

  const use = (runner: number, fn: number): void => {
    const i = runner * count + fn
    const before = level[i] ?? COLD
    usedAt[i] = ++clock
    if (before === WARM) return
    level[i] = WARM
    warm[runner] = (warm[runner] ?? 0) + 1
    if ((warm[runner] ?? 0) > WARM_MAX) {
      level[oldest(runner, WARM)] = STORED
      warm[runner] = WARM_MAX
    }
    if (before === STORED) return
    stored[runner] = (stored[runner] ?? 0) + 1
    if ((stored[runner] ?? 0) > BUNDLES_MAX) {
      level[oldest(runner, STORED)] = COLD
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
    },
    recent(runner, max) {
      const some: number[] = []
      for (let fn = 0; fn < count; fn++) if (level[runner * count + fn] === WARM) some.push(fn)
      const at = (fn: number): number => usedAt[runner * count + fn] ?? 0
      return some.sort((a, b) => at(b) - at(a)).slice(0, max)
    },
  }
}
