import { TIMER_MAX_MS } from './duration.ts'

/** The time that something may take. Disposed of, it follows and holds nothing any more. */
export interface Within extends Disposable {
  /** Fires with the signal given, or when the time is up, as that of `AbortSignal.timeout`. */
  readonly signal: AbortSignal
}

/**
 * For as long as something is awaited: `using ends = within(ms, signal)`. In place of `AbortSignal.any` of both, which Node 24 keeps for
 * ever once it is part of another such signal: as a timeout whose time could still come, though it has no timer of its own.
 */
export function within(ms: number, signal: AbortSignal | undefined): Within {
  return new Limit(Math.min(Math.max(0, Math.ceil(ms)), TIMER_MAX_MS), signal)
}

class Limit implements Within {
  private readonly ends = new AbortController()
  private readonly sources: readonly AbortSignal[]

  constructor(ms: number, given: AbortSignal | undefined) {
    const timeout = AbortSignal.timeout(ms)
    this.sources = given === undefined ? [timeout] : [given, timeout]
    if (given?.aborted === true) this.ends.abort(given.reason)
    else for (const source of this.sources) source.addEventListener('abort', this.end)
  }

  get signal(): AbortSignal {
    return this.ends.signal
  }

  [Symbol.dispose](): void {
    for (const source of this.sources) source.removeEventListener('abort', this.end)
  }

  private readonly end = ({ target }: Event): void => {
    this[Symbol.dispose]()
    this.ends.abort((target as AbortSignal).reason)
  }
}
