import type { Timers } from '../timers.ts'

export interface PatienceInit {
  timers: Timers
  /** In all. */
  maxMs: number
  /** Who waits may give up earlier. */
  signal?: AbortSignal | undefined
}

/** How long an exchange may take, in all and in its steps. */
export interface Patience {
  /** Aborts when a limit is reached, or with the signal given. */
  readonly signal: AbortSignal
  /** Why, where it was a limit. */
  readonly spent: string | undefined
  /** One step more that has a limit, and `what` holds where it is reached; returns how to say that the step is done. */
  within(ms: number, what: string): () => void
  /** The exchange is over: no limit counts any more. */
  over(): void
}

export function patience({ timers, maxMs, signal }: PatienceInit): Patience {
  const limit = new AbortController()
  const running = new Set<() => void>()
  let spent: string | undefined
  const within = (ms: number, what: string): (() => void) => {
    const stop = timers.after(ms, () => {
      spent = `${what} within ${ms / 1000} s`
      limit.abort(new Error(spent))
    })
    running.add(stop)
    return stop
  }
  within(maxMs, 'not all of it came')
  const giveUp = (): void => limit.abort(signal?.reason)
  if (signal?.aborted === true) giveUp()
  signal?.addEventListener('abort', giveUp, { once: true })
  return {
    signal: limit.signal,
    get spent() {
      return spent
    },
    within,
    over() {
      for (const stop of running) stop()
      signal?.removeEventListener('abort', giveUp)
    },
  }
}
