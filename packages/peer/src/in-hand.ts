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
  /** One more, until what this gives is called, once: with the error where it failed. */
  begin(): (error?: unknown) => void
  /** Until it has ended, however. */
  hold(running: Promise<unknown>): void
  /** Waits until all is over, for at most `ms`. */
  over(ms: number): Promise<Drained>
  /** Ends that wait now. */
  hurry(): void
}

export function inHand(): InHand {
  const late = Promise.withResolvers<void>()
  const timeUp = late.promise.then(() => running)
  let running = 0
  let finished = 0
  let idle = (): void => {}

  const end = (error?: unknown): void => {
    running--
    // What was refused goes elsewhere; nothing of it was done here.
    if (error === undefined || toHitherError(error).retry !== 'elsewhere') finished++
    if (running === 0) idle()
  }

  /** What ends may lead to more: a call to its answer's stream. */
  async function ended(): Promise<number> {
    while (running > 0) await new Promise<void>((resolve) => (idle = resolve))
    return 0
  }

  return {
    begin() {
      running++
      return end
    },
    hold(one) {
      running++
      one.then(() => end(), end)
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
