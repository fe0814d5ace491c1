import { sample, type Estimate } from './estimate.ts'
import {
  HOLD_DEFAULT_MS,
  PRICE_GAIN_PER_S,
  PRICE_HOLDS_MAX,
  PRICE_LEAK_PER_S,
  PRICE_STEP_MS,
  PRICE_TARGET,
  QUEUE_PER_SLOT,
} from './limits.ts'

/** What a runner has to do now. */
export interface Load {
  slots: number
  busy: number
  queued: number
}

/**
 * What a runner asks for its congestion, in ms. It moves slowly, by how much was asked of the runner over the last steps, so that
 * callers who hear of it late do not swing together; and it is a matter of work offered, refused work included, so that callers
 * leave a runner before its queue fills, those first to whom somebody else is nearly as near.
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

/** Places in the queue of a runner: few, since who waits there could be on its way to somebody idle. */
export function queuePlaces(slots: number): number {
  return Math.ceil(slots * QUEUE_PER_SLOT)
}

export function price(): Price {
  let load: Load = { slots: 0, busy: 0, queued: 0 }
  let hold: Estimate | undefined
  let priceMs = 0
  // Of the step under way: since when, until when it is counted, calls × ms asked for, slots × ms there were.
  let from: number | undefined
  let counted = 0
  let asked = 0
  let offered = 0

  const count = (until: number): void => {
    asked += (load.busy + load.queued) * (until - counted)
    offered += load.slots * (until - counted)
    counted = until
  }

  const holdMs = (): number => hold?.mean ?? HOLD_DEFAULT_MS

  const step = (): void => {
    if (offered > 0) {
      const seconds = PRICE_STEP_MS / 1000
      const excess = Math.min(2, asked / offered) - PRICE_TARGET
      const moved = priceMs * (1 - PRICE_LEAK_PER_S * seconds) + PRICE_GAIN_PER_S * seconds * holdMs() * excess
      priceMs = Math.min(PRICE_HOLDS_MAX * holdMs(), Math.max(0, moved))
    }
    asked = 0
    offered = 0
  }

  /** Ends all steps that are over by now. After so long a rest that the price is gone, the rest is not counted through. */
  const advance = (now: number): void => {
    from ??= counted = now
    for (; now - from >= PRICE_STEP_MS; from += PRICE_STEP_MS) {
      if (priceMs === 0 && load.busy === 0 && load.queued === 0) {
        from = counted = now
        asked = offered = 0
        break
      }
      count(from + PRICE_STEP_MS)
      step()
    }
    count(now)
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
      asked += holdMs()
    },
    priceMs(now) {
      advance(now)
      return priceMs
    },
  }
}
