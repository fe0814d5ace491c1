import { fileURLToPath } from 'node:url'
import { ends } from './measure/at-end.ts'
import type { Options } from './options.ts'
import { generator } from './sim/random.ts'
import type { Findings } from './topics/topic.ts'
import { TOPICS } from './topics/topics.ts'

export type Outcome = Findings

/** The order of the ways in each round is the same in every run. */
const SEED = 8
const RESULTS = fileURLToPath(new URL('results', import.meta.url))

/** Runs a topic alone and ends all that it started. One that breaks is told as such; the others still run. */
export async function runTopic(name: string, { rounds, quick, whole }: Options): Promise<Outcome> {
  const { atEnd, end } = ends()
  const note = (text: string): void => console.error(`${name}: ${text}`)
  const startedAt = performance.now()
  // Ctrl-C must leave nothing running.
  const interrupted = (): void => void end().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  try {
    const loaded = await TOPICS[name]?.()
    if (loaded === undefined) throw new Error('there is no such topic')
    return await loaded.topic.run({
      rounds,
      quick,
      random: generator(SEED, 0),
      atEnd,
      note,
      results: whole ? RESULTS : undefined,
    })
  } catch (thrown) {
    note(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
    return { figures: [], measures: [], why: thrown instanceof Error ? thrown.message : String(thrown) }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted)
    await end()
    note(`took ${Math.round((performance.now() - startedAt) / 1000)} s`)
  }
}
