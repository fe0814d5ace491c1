import {
  sealReceipts,
  SEAL_LEAVES_MAX,
  toHitherError,
  type HitherError,
  type Receipt,
  type SealedReceipt,
  type Sign,
} from '@hither/core'
import { digestWhole } from '../digest.ts'

/** Seals receipts, those of one tick under one signature. */
export interface Sealer {
  seal(receipt: Receipt): Promise<SealedReceipt>
}

interface Waiting {
  receipt: Receipt
  resolve: (sealed: SealedReceipt) => void
  reject: (error: HitherError) => void
}

/** `sign` is the peer's: whose id a receipt names must have signed it. */
export function sealer(sign: Sign): Sealer {
  let waiting: Waiting[] = []

  async function sealAll(all: Waiting[]): Promise<void> {
    try {
      const sealed = await sealReceipts(
        all.map(({ receipt }) => receipt),
        sign,
        digestWhole,
      )
      for (const [i, one] of sealed.entries()) all[i]?.resolve(one)
    } catch (error) {
      for (const { reject } of all) reject(toHitherError(error))
    }
  }

  function flush(): void {
    const all = waiting
    waiting = []
    for (let at = 0; at < all.length; at += SEAL_LEAVES_MAX) void sealAll(all.slice(at, at + SEAL_LEAVES_MAX))
  }

  return {
    seal: (receipt) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush)
        waiting.push({ receipt, resolve, reject })
      }),
  }
}
