/** What every call that waits takes. */
export interface Options<Event = never> {
  /** Gives up with `cancelled`, or with `timeout` where the signal is a timeout's. */
  signal?: AbortSignal
  /** The steps as they happen, for progress lines and traces. */
  onProgress?: (event: Event) => void
}

/** Ms since some fixed moment, never going back. */
export type Clock = () => number

/** A number from 0 up to but not including 1. */
export type Random = () => number
