import { totalmem } from 'node:os'
import { DEFAULT_EGRESS, queuePlaces, type Egress, type Lent } from '@hither/core'
import { MEMORY_PART, QUEUE_MIN, SLOTS_PER_CORE } from './limits.ts'

/** What is lent now, and how many calls that takes. */
export interface Lending {
  cores: number
  memoryMb: number
  /** Calls that processes have at once. */
  slots: number
  /** Calls that may wait beyond these. */
  queue: number
  /** Where functions' own requests may go. */
  egress: Egress
}

/** `fixed`: what does not follow from the cores. */
export function lendingOf(
  { cores, memoryMb, egress = DEFAULT_EGRESS }: Lent,
  fixed: Partial<Pick<Lending, 'slots' | 'queue'>>,
): Lending {
  const slots = fixed.slots ?? cores * SLOTS_PER_CORE
  return {
    cores,
    memoryMb: memoryMb ?? Math.floor((totalmem() / 1024 / 1024) * MEMORY_PART),
    slots,
    queue: fixed.queue ?? Math.max(QUEUE_MIN, queuePlaces(slots)),
    egress,
  }
}
