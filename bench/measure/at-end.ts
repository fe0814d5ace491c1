import { setTimeout as pause } from 'node:timers/promises'

/** Until something counts as one that does not end, in ms: a peer ends itself within ten seconds. */
const END_MAX_MS = 60_000

/** Has something ended, or removed, when what is being measured is over: what came last first. */
export type AtEnd = (end: () => void | Promise<void>) => void

export interface Ends {
  atEnd: AtEnd
  /** Ends all of it, also where one of them fails; then throws the first failure. Whoever asks while it is under way waits for the same. */
  end: () => Promise<void>
}

/** `maxMs`: until an end counts as failed, and the next begins. */
export function ends(maxMs: number = END_MAX_MS): Ends {
  const all: (() => void | Promise<void>)[] = []
  let ending: Promise<void> | undefined
  async function endAll(): Promise<void> {
    const failures: unknown[] = []
    for (let one = all.pop(); one !== undefined; one = all.pop()) {
      try {
        await bounded(one, maxMs)
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  return {
    atEnd: (end) => void all.push(end),
    end: () => (ending ??= endAll().finally(() => (ending = undefined))),
  }
}

/** What never ends keeps neither the others nor whoever measures. */
async function bounded(end: () => void | Promise<void>, maxMs: number): Promise<void> {
  const waiting = new AbortController()
  const late = pause(maxMs, undefined, { signal: waiting.signal }).then(() => {
    throw new Error(`something did not end within ${maxMs} ms`)
  })
  try {
    await Promise.race([end(), late])
  } finally {
    waiting.abort()
  }
}

/** What is started for a part alone is ended with it; with the whole at the latest, where that is cut short. */
export async function part<Found>(whole: AtEnd, run: (atEnd: AtEnd) => Promise<Found>): Promise<Found> {
  const { atEnd, end } = ends()
  whole(end)
  try {
    return await run(atEnd)
  } finally {
    await end()
  }
}
