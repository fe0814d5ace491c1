import { CALLS_PER_FREE_SLOT } from './limits.ts'

/**
 * May a cordon that has `own` calls in processes have one more, with so many slots free? The last slot is for one that has
 * none. The fewer are free, the fewer may one have: whoever is alone gets nearly all, and still leaves some to the next.
 */
export function maySend(own: number, freeSlots: number): boolean {
  return own === 0 ? freeSlots > 0 : own < CALLS_PER_FREE_SLOT * (freeSlots - 1)
}
