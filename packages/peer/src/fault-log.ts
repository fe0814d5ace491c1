import { toHitherError, type Clock } from '@hither/core'
import type { Logger } from 'pino'
import { FAULT_AGAIN_MS } from './limits/serving.ts'

/** Writes what this machine itself gets wrong to the log. */
export type FaultLog = (thrown: unknown, message: string) => void

/**
 * The owner has to know of it, and each call that anybody makes may run into it once more: so each kind is written once in a while, with the
 * number of those that were left out, and without a stack.
 */
export function faultLog(log: Pick<Logger, 'error'>, now: Clock): FaultLog {
  const kinds = new Map<string, { againMs: number; unsaid: number }>()
  return (thrown, message) => {
    const { code, message: why } = toHitherError(thrown)
    const kind = `${code} ${message}`
    const known = kinds.get(kind) ?? { againMs: -Infinity, unsaid: 0 }
    if (now() < known.againMs) {
      known.unsaid += 1
      return
    }
    log.error({ code, why, ...(known.unsaid > 0 && { unsaid: known.unsaid }) }, message)
    kinds.set(kind, { againMs: now() + FAULT_AGAIN_MS, unsaid: 0 })
  }
}
