import { SPEED_USUAL_MS } from './limits.ts'

/**
 * How many times quicker this machine is than a usual one, to a power of two: a hint for callers who have not called here yet. Undefined
 * where it is about as quick, or where nothing can be said. Takes a few hundredths of a second.
 */
export function measureSpeed(workMs: () => number = workOnce): number | undefined {
  const took = workMs()
  if (!(took > 0)) return undefined
  const speed = 2 ** Math.round(Math.log2(SPEED_USUAL_MS / took))
  return speed === 1 ? undefined : speed
}

/** Processor time of this thread for a fixed piece of work such as handlers do: numbers, texts and maps; in ms. */
function workOnce(): number {
  const before = process.threadCpuUsage()
  const counts = new Map<string, number>()
  let hash = 1
  for (let i = 0; i < 240_000; i++) {
    hash = (Math.imul(hash, 31) + i) | 0
    const key = `k${hash & 255}`
    counts.set(key, (counts.get(key) ?? 0) + key.length)
  }
  const { user, system } = process.threadCpuUsage(before)
  return counts.size > 0 ? (user + system) / 1000 : 0
}
