import type { Timers } from '../timers.ts'

export interface PatienceInit {
  timers: Timers
  /** Until the other side's first byte, counted from `expect`. */
  firstByteMs: number
  /** In all. */
  maxMs: number
  /** Who waits may give up earlier. */
  signal?: AbortSignal | undefined
}

/** How long an exchange may take: little until the other side says anything, more once it speaks. */
export interface Patience {
  /** Aborts when a limit is reached, or with the signal given. */
  readonly signal: AbortSignal
  /** Why, where it was a limit. */
  readonly spent: string | undefined
  /** It is the other side's turn. */
  expect(): void
  /** The other side speaks. */
  began(): void
  /** The exchange is over: no limit counts any more. */
  over(): void
}

export function patience({ timers, firstByteMs, maxMs, signal }: PatienceInit): Patience {
  const limit = new AbortController()
  let spent: string | undefined
  const within = (ms: number, what: string): (() => void) =>
    timers.after(ms, () => {
      spent = `${what} within ${ms / 1000} s`
      limit.abort(new Error(spent))
    })
  const stopWhole = within(maxMs, 'not all of it came')
  let stopFirst = (): void => {}
  return {
    signal: signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]),
    get spent() {
      return spent
    },
    expect() {
      stopFirst = within(firstByteMs, 'nothing came')
    },
    began: () => stopFirst(),
    over() {
      stopFirst()
      stopWhole()
    },
  }
}
