import { sample, type Estimate } from './estimate.ts'
import { HOLD_DEFAULT_MS } from './limits/load.ts'
import {
  PRICE_GAIN_MS_PER_S,
  PRICE_HOLDS_MAX,
  PRICE_LEAK_PER_S,
  PRICE_REFUSAL_MS,
  PRICE_STEP_MS,
  PRICE_TARGET_MAX,
  PRICE_TARGET_MIN,
  REFUSED_SHARE_MAX,
  REFUSED_WEIGHT,
} from './limits/price.ts'

/** What a runner has to do now. */
export interface Load {
  slots: number
  busy: number
  queued: number
}

/**
 * What a runner asks for its congestion, in ms. It moves slowly, by the share of time in which all its slots were busy, so that
 * callers who hear of it late do not swing together. Those leave first to whom somebody else is nearly as near.
 */
export interface Price {
  /** To be told at each change: what is so from now on. */
  load(load: Load, now: number): void
  /** A call held a slot for so long. */
  done(holdMs: number, now: number): void
  /** A call was refused for want of a place. */
  refused(now: number): void
  priceMs(now: number): number
}

export function price(): Price {
  let load: Load = { slots: 0, busy: 0, queued: 0 }
  let hold: Estimate | undefined
  let priceMs = 0
  // Of the step under way: since when, until when it is counted, for how long all slots were busy, how many were refused.
  let from: number | undefined
  let counted = 0
  let fullMs = 0
  let refusals = 0

  const count = (until: number): void => {
    if (load.slots > 0 && load.busy >= load.slots) fullMs += until - counted
    counted = until
  }

  const begin = (now: number): void => {
    from = now
    counted = now
    fullMs = 0
    refusals = 0
  }

  const holdMs = (): number => hold?.mean ?? HOLD_DEFAULT_MS

  const target = (): number => Math.max(PRICE_TARGET_MIN, Math.min(PRICE_TARGET_MAX, 1 - PRICE_REFUSAL_MS / holdMs()))

  const step = (): void => {
    const seconds = PRICE_STEP_MS / 1000
    const refused = load.slots === 0 ? 0 : (REFUSED_WEIGHT * refusals * holdMs()) / (load.slots * PRICE_STEP_MS)
    const excess = fullMs / PRICE_STEP_MS + Math.min(REFUSED_SHARE_MAX, refused) - target()
    const gain = PRICE_GAIN_MS_PER_S * Math.sqrt(holdMs()) * seconds
    const moved = priceMs * (1 - PRICE_LEAK_PER_S * seconds) + gain * excess
    priceMs = Math.min(PRICE_HOLDS_MAX * holdMs(), Math.max(0, moved))
  }

  /** Ends all steps that are over by now. A rest in which there is no price to fall is not counted through. */
  const advance = (now: number): number => {
    if (from === undefined) begin(now)
    for (let at = from ?? now; now - at >= PRICE_STEP_MS; at += PRICE_STEP_MS) {
      if (priceMs === 0 && load.busy === 0) {
        begin(now)
        break
      }
      count(at + PRICE_STEP_MS)
      step()
      begin(at + PRICE_STEP_MS)
    }
    count(now)
    return priceMs
  }

  return {
    load(next, now) {
      advance(now)
      load = next
    },
    done(ms, now) {
      advance(now)
      hold = sample(hold, ms, now)
    },
    refused(now) {
      advance(now)
      refusals++
    },
    priceMs: advance,
  }
}
