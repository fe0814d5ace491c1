import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** Runs something so many times, a few at once. */
export async function repeat<T>(count: number, atOnce: number, run: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let begun = 0
  const worker = async (): Promise<void> => {
    while (begun < count) results.push(await run(begun++))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

/** Something that is begun again and again, whatever becomes of it, until told to stop: as users do, who know nothing of each other. */
export interface Stream<T> {
  /** All that came of it so far, in the order in which it ended. */
  readonly results: readonly T[]
  /** Goes on until there were so many, as fast as the machine can: for what rare things need, when time tells nothing more. */
  fill(count: number): Promise<void>
  /** Resolves to all results. Rejects where one of them is a failure. */
  stop(): Promise<readonly T[]>
}

/** Where this process was held up, it catches up on no more than this. */
const CATCH_UP_MS = 50

/** Timers cannot count shorter times well. */
const TICK_MS = 10

/** @param run Gets the number of those before it. */
export function stream<T>(everyMs: number, run: (i: number) => Promise<T>): Stream<T> {
  const results: T[] = []
  const begun: Promise<unknown>[] = []
  const begin = (): void => {
    const one = run(begun.length).then((result) => results.push(result))
    // Whoever stops the stream is told.
    one.catch(() => {})
    begun.push(one)
  }
  let nextAt = performance.now()
  const tick = (): void => {
    const now = performance.now()
    nextAt = Math.max(nextAt, now - CATCH_UP_MS)
    for (; nextAt <= now; nextAt += everyMs) begin()
  }
  tick()
  const timer = setInterval(tick, Math.max(TICK_MS, everyMs))
  onTestFinished(() => clearInterval(timer))
  return {
    results,
    async fill(count) {
      clearInterval(timer)
      await repeat(count - begun.length, FILL_AT_ONCE, async () => {
        begin()
        await begun.at(-1)
      })
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(begun)
      return results
    },
  }
}

/** Calls a second that such a machine can make for long, beside all that else it has to do: found out by making some. */
export async function pace(run: () => Promise<unknown>): Promise<number> {
  const beganAt = performance.now()
  await repeat(PACE_CALLS, PACE_AT_ONCE, run)
  const possible = (1000 * PACE_CALLS) / (performance.now() - beganAt)
  return Math.round(Math.min(RATE_MAX, possible * LOAD))
}

const PACE_CALLS = 400
const PACE_AT_ONCE = 8
const RATE_MAX = 200
const FILL_AT_ONCE = 16

/** Above it a machine that is held up for a moment no longer catches up, and each figure is about the machine. */
const LOAD = 0.5

/** Looks until there is something to see. Throws where there is nothing in time. */
export async function seen<T>(look: () => T | undefined | Promise<T | undefined>, withinMs: number): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`nothing to see within ${withinMs} ms`)
    await pause(20)
  }
}
