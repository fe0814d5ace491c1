import { mayFail, sealReceipts, SEAL_LEAVES_MAX, type Receipt, type Seal, type Sign } from '@hither/core'
import { digestWhole } from '../digest.ts'
import { SEAL_MS } from '../limits.ts'
import type { Timers } from '../timers.ts'

/** Seals receipts, those that come within SEAL_MS under one signature. Answers do not wait for that. */
export interface Sealer {
  /** The promise may be left alone. */
  seal(receipt: Receipt): Promise<Seal>
}

export interface SealerInit {
  /** The peer's: whose id a receipt names must have signed it. */
  sign: Sign
  timers: Timers
}

interface Waiting {
  receipt: Receipt
  seal: PromiseWithResolvers<Seal>
}

export function sealer({ sign, timers }: SealerInit): Sealer {
  let waiting: Waiting[] = []

  async function sealAll(all: Waiting[]): Promise<void> {
    try {
      const receipts = all.map(({ receipt }) => receipt)
      for (const [i, { seal }] of (await sealReceipts(receipts, sign, digestWhole)).entries())
        all[i]?.seal.resolve(seal)
    } catch (error) {
      for (const { seal } of all) seal.reject(error)
    }
  }

  function flush(): void {
    const all = waiting
    waiting = []
    for (let at = 0; at < all.length; at += SEAL_LEAVES_MAX) void sealAll(all.slice(at, at + SEAL_LEAVES_MAX))
  }

  return {
    seal(receipt) {
      const seal = Promise.withResolvers<Seal>()
      if (waiting.length === 0) timers.after(SEAL_MS, flush)
      waiting.push({ receipt, seal })
      return mayFail(seal.promise)
    },
  }
}
