import {
  mayFail,
  sealReceipts,
  SEAL_LEAVES_MAX,
  type Clock,
  type Receipt,
  type SealPlace,
  type Sign,
} from '@hither/core'
import { digestWhole } from '../digest.ts'
import { SEAL_MS, SEAL_PAUSE_MS, SEAL_WANTED } from '../limits/kept.ts'
import type { Timers } from '../timers.ts'

/**
 * Seals receipts, those that come within a moment under one signature: a short moment after a pause, a longer one where calls come again and
 * again, until there are enough to share one. Answers do not wait for that.
 */
export interface Sealer {
  /** The promise may be left alone. */
  seal(receipt: Receipt): Promise<SealPlace>
}

export interface SealerInit {
  /** The peer's: whose id a receipt names must have signed it. */
  sign: Sign
  timers: Timers
  now: Clock
}

interface Waiting {
  receipt: Receipt
  place: PromiseWithResolvers<SealPlace>
}

export function sealer({ sign, timers, now }: SealerInit): Sealer {
  let waiting: Waiting[] = []
  let sealedAt = -Infinity
  let callOff = (): void => {}

  async function sealAll(all: Waiting[]): Promise<void> {
    try {
      const tree = await sealReceipts(
        all.map(({ receipt }) => receipt),
        sign,
        digestWhole,
      )
      for (const [at, { place }] of all.entries()) place.resolve({ tree, at })
    } catch (error) {
      for (const { place } of all) place.reject(error)
    }
  }

  function flush(): void {
    const all = waiting
    waiting = []
    sealedAt = now()
    for (let at = 0; at < all.length; at += SEAL_LEAVES_MAX) void sealAll(all.slice(at, at + SEAL_LEAVES_MAX))
  }

  return {
    seal(receipt) {
      const place = Promise.withResolvers<SealPlace>()
      waiting.push({ receipt, place })
      if (waiting.length === 1) callOff = timers.after(Math.max(SEAL_MS, sealedAt + SEAL_PAUSE_MS - now()), flush)
      if (waiting.length === SEAL_WANTED) {
        callOff()
        // Answers that are made in this turn go first.
        timers.after(0, flush)
      }
      return mayFail(place.promise)
    },
  }
}
