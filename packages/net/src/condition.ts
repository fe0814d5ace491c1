/** Something that becomes so sooner or later, and who waits for it. */
export interface Condition {
  /** Resolves at once where it holds, else at the first check that finds it to hold. */
  holding(): Promise<void>
  /** To be called where it may have become so. */
  check(): void
}

export function condition(holds: () => boolean): Condition {
  let waiting: PromiseWithResolvers<void> | undefined
  return {
    async holding() {
      if (holds()) return
      waiting ??= Promise.withResolvers()
      await waiting.promise
    },
    check() {
      if (waiting === undefined || !holds()) return
      waiting.resolve()
      waiting = undefined
    },
  }
}
