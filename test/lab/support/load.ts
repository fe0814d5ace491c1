import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** Runs something so many times, a few at once. */
export async function repeat<T>(count: number, atOnce: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) results.push(await run())
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

/** Something that is begun again and again, whatever becomes of it, until told to stop: as users do, who know nothing of each other. */
export interface Stream<T> {
  /** All that came of it so far, in the order in which it ended. */
  readonly results: readonly T[]
  /** Resolves to all results. Rejects where one of them is a failure. */
  stop(): Promise<readonly T[]>
}

export function stream<T>(everyMs: number, run: () => Promise<T>): Stream<T> {
  const results: T[] = []
  const begun: Promise<unknown>[] = []
  const begin = (): void => {
    const one = run().then((result) => results.push(result))
    // Whoever stops the stream is told.
    one.catch(() => {})
    begun.push(one)
  }
  begin()
  const timer = setInterval(begin, everyMs)
  onTestFinished(() => clearInterval(timer))
  return {
    results,
    async stop() {
      clearInterval(timer)
      await Promise.all(begun)
      return results
    },
  }
}

/** Looks until there is something to see. Throws where there is nothing in time. */
export async function seen<T>(look: () => T | undefined | Promise<T | undefined>, withinMs: number): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`nothing to see within ${withinMs} ms`)
    await pause(10)
  }
}
