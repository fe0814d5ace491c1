import type { Share } from '@hither/core'
import { EXTRA_MEMORY_PART, FULL_PROCESS_MB, PROCESS_MB, WARM_HEAP_MAX_BYTES, WARM_MAX } from './limits.ts'
import { knownBytesOf, type Pool } from './pool.ts'
import type { Sandbox } from './sandbox.ts'

/** How many processes a cordon may have. */
export function processesOf({ memoryMb }: Share): number {
  return Math.max(1, Math.floor((memoryMb ?? Infinity) / PROCESS_MB))
}

/**
 * May a cordon have an extra process, only so that more of its functions stay warm? Of what is left over, even when that is full: nobody
 * else's process or function goes for it.
 */
export function mayGrow(own: readonly Sandbox[], share: Share, pool: Pool, lentMb: number): boolean {
  // The last that it may have is left to what burns.
  if (own.length + 1 >= processesOf(share) || !pool.hasRoom(share.group) || pool.warmCount >= WARM_MAX) return false
  if (own.some(({ cordon }) => pool.tight.has(cordon)) || pool.isGivingBack) return false
  let [functions, ownBytes, allBytes] = [0, WARM_HEAP_MAX_BYTES, FULL_PROCESS_MB * MB]
  for (const one of own) {
    functions += one.residents.count
    ownBytes += knownBytesOf(one) - one.process.baseBytes
  }
  for (const one of pool) allBytes += knownBytesOf(one)
  const { functions: most = Infinity, memoryMb = Infinity } = share
  return functions < most && fits(ownBytes, memoryMb) && fits(allBytes, lentMb)
}

const MB: number = 1024 * 1024

function fits(bytes: number, lentMb: number): boolean {
  return bytes <= lentMb * MB * EXTRA_MEMORY_PART
}
