import { TIMER_MAX_MS, toHitherError } from '@hither/core'

/** What became of the calls, deploys and the like that a stopping peer had in hand. */
export interface Drained {
  /** Those that came to their end, whichever that was. */
  finished: number
  /** Those that were still running when the time was up. */
  cut: number
}

/** All that a peer has in hand, for its own user and for others. While there is any the process does not end by itself. */
export interface InHand {
  /** One more, until what this gives is called, once: with the error where it failed. */
  begin(): (error?: unknown) => void
  /** Waits until all is over, for at most `ms`. */
  over(ms: number): Promise<Drained>
  /** Ends that wait now. */
  hurry(): void
}

export function inHand(): InHand {
  return new Work()
}

class Work implements InHand {
  /** A call that waits has perhaps neither a link nor a timer that would keep its process. */
  private readonly stay = setInterval(() => {}, TIMER_MAX_MS).unref()
  private running = 0
  private finished = 0
  private idle = (): void => {}
  private readonly late = Promise.withResolvers<void>()

  begin(): (error?: unknown) => void {
    if (this.running++ === 0) this.stay.ref()
    return this.end
  }

  async over(ms: number): Promise<Drained> {
    this.finished = 0
    const timer = setTimeout(this.late.resolve, ms)
    if (ms === 0) this.late.resolve()
    await Promise.race([this.ended(), this.late.promise])
    clearTimeout(timer)
    clearInterval(this.stay)
    return { finished: this.finished, cut: this.running }
  }

  hurry(): void {
    this.late.resolve()
  }

  private readonly end = (error?: unknown): void => {
    this.running--
    // What was refused goes elsewhere; nothing of it was done here.
    if (error === undefined || toHitherError(error).retry !== 'elsewhere') this.finished++
    if (this.running > 0) return
    this.stay.unref()
    this.idle()
  }

  /** What ends may lead to more: a call to its answer's stream. */
  private async ended(): Promise<void> {
    while (this.running > 0) await new Promise<void>((resolve) => (this.idle = resolve))
  }
}
