import { toHitherError } from '@hither/core'

/** What became of the calls, deploys and the like that a stopping peer had in hand. */
export interface Drained {
  /** Those that came to their end, whichever that was. */
  finished: number
  /** Those that were still running when the time was up. */
  cut: number
}

/** All that a peer has in hand, for its own user and for others. */
export interface InHand {
  /** Until it has ended, however. */
  hold(running: Promise<unknown>): void
  /** Waits until all is over, for at most `ms`. */
  over(ms: number): Promise<Drained>
  /** Ends that wait now. */
  hurry(): void
}

export function inHand(): InHand {
  const running = new Set<Promise<unknown>>()
  const late = Promise.withResolvers<void>()
  const timeUp = late.promise.then(() => running.size)
  let finished = 0

  /** What ends may have led to more: a call to its answer's stream. */
  async function ended(): Promise<number> {
    while (running.size > 0) await Promise.allSettled(running)
    return 0
  }

  return {
    hold(one) {
      running.add(one)
      const over = (counts: boolean): void => {
        running.delete(one)
        if (counts) finished++
      }
      one.then(
        () => over(true),
        // What was refused goes elsewhere; nothing of it was done here.
        (error: unknown) => over(toHitherError(error).retry !== 'elsewhere'),
      )
    },
    async over(ms) {
      finished = 0
      const timer = setTimeout(late.resolve, ms)
      if (ms === 0) late.resolve()
      const cut = await Promise.race([ended(), timeUp])
      clearTimeout(timer)
      return { finished, cut }
    },
    hurry: () => late.resolve(),
  }
}
