import { fileURLToPath } from 'node:url'
import { ends, type AtEnd } from './measure/at-end.ts'
import type { Options } from './options.ts'
import { generator } from './sim/random.ts'
import type { Findings, Topic } from './topics/topic.ts'

export type Outcome = Findings

/** The order of the ways in each round is the same in every run. */
const SEED = 8
const RESULTS = fileURLToPath(new URL('results', import.meta.url))

/**
 * Runs a topic alone and ends all that it started, with the whole at the latest. One that breaks, or does not end all, is told as such; the
 * others still run.
 */
export async function runTopic(
  name: string,
  load: () => Promise<{ topic: Topic }>,
  { rounds, quick, whole }: Options,
  run: { atEnd: AtEnd; signal: AbortSignal },
): Promise<Outcome> {
  const { atEnd, end } = ends()
  run.atEnd(end)
  const startedAt = performance.now()
  const note = (text: string): void => console.error(`${name}: ${text}`)
  const broken = (thrown: unknown): string => {
    // Where all is being ended, what fails by that is no news.
    run.signal.throwIfAborted()
    note(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
  let outcome: Outcome
  try {
    const { topic } = await load()
    const random = generator(SEED, 0)
    outcome = await topic.run({ rounds, quick, random, atEnd, note, results: whole ? RESULTS : undefined })
  } catch (thrown) {
    outcome = { figures: [], measures: [], why: broken(thrown) }
  }
  try {
    await end()
  } catch (thrown) {
    outcome.why = [...(outcome.why === undefined ? [] : [outcome.why]), broken(thrown)].join('; ')
  }
  note(`took ${Math.round((performance.now() - startedAt) / 1000)} s`)
  return outcome
}
