import type { Options } from '@hither/core'

/** Tells a listener. What it throws is its own affair, and must not end up as a failure of what is told of. */
export function tell<Event>(listener: Options<Event>['onProgress'], event: Event): void {
  try {
    listener?.(event)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}
