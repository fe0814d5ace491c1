import { setTimeout as pause } from 'node:timers/promises'
import { median, sum } from '../measure/numbers.ts'
import { familyOf, rssBytesOf } from '../measure/proc.ts'
import { program, type Program } from '../measure/program.ts'
import type { Ran, Running } from '../programs/runner.ts'
import { handlerFile } from '../references/bundled.ts'
import type { Findings, Topic } from './topic.ts'

/**
 * What a warm function that nobody calls takes: the memory of all sandbox processes, less what as many of them take with nothing in them.
 * A publisher's functions share a process until 64 are warm in it; so many functions are of several publishers.
 */

interface Step {
  functions: number
  publishers: number
}

const STEPS: Step[] = [
  { functions: 10, publishers: 1 },
  { functions: 100, publishers: 2 },
  { functions: 500, publishers: 8 },
]
/** The one that the bar is for; in a quick run the only one. */
const JUDGED = 100

/** Beyond those that may be warm in one process, for a publisher with one core has no more for them: each call is of one that had to go. */
const CROWD = 66

/** Until V8 has given back what it took to load. */
const SETTLE_MS = 2_000
/** Until the next isolate was booted ahead. */
const BOOTED_AFTER_MS = 250

/** Launchers around the jail take far less; sandbox processes more. */
const SANDBOX_BYTES_MIN = 20 * 1024 * 1024
const MB = 1024 * 1024

export const topic: Topic = {
  async run({ atEnd, quick, rounds, note }) {
    const findings: Findings = { figures: [], measures: [] }
    for (const step of STEPS.filter(({ functions }) => !quick || functions === JUDGED)) {
      note(`${step.functions} functions`)
      const runner = await program('runner', atEnd)
      await runner.ask('start')
      const value = await perFunction(runner, step)
      if (step.functions === JUDGED) findings.figures.push({ id: 'warm-rss', value })
      const what = `a warm function of ${step.functions}, of ${step.publishers} publishers`
      findings.measures.push({ id: `density/rss/${step.functions}`, what, value, unit: 'MB' })
      await runner.end()
    }
    note('eviction')
    const value = await reloadMs(await program('runner', atEnd), rounds)
    const what =
      'the first answer of a function that had to go: with an isolate booted ahead, and the end of another that goes for it'
    findings.measures.push({ id: 'density/reload', what, value, unit: 'ms' })
    return findings
  },
}

async function perFunction(runner: Program, { functions, publishers }: Step): Promise<number> {
  await pause(SETTLE_MS)
  const bare = median(sandboxesOf(runner))
  for (let publisher = 0; publisher < publishers; publisher++) {
    const from = Math.round((functions * publisher) / publishers)
    const count = Math.round((functions * (publisher + 1)) / publishers) - from
    await run(runner, { publisher, from, count })
  }
  await pause(SETTLE_MS)
  const warm = await runner.ask<number>('warm')
  if (warm !== functions) throw new Error(`${warm} functions are warm in place of ${functions}`)
  const all = sandboxesOf(runner)
  return (sum(all) - all.length * bare) / functions / MB
}

/** The memory of each process that holds isolates, or would. */
function sandboxesOf({ pid }: Program): number[] {
  const [, ...others] = familyOf(pid)
  return others.map(rssBytesOf).filter((bytes) => bytes > SANDBOX_BYTES_MIN)
}

/** More functions are called in turn than may be warm, so that each is the one that was dropped for those before it. */
async function reloadMs(runner: Program, rounds: number): Promise<number> {
  await runner.ask('start')
  const publisher = { publisher: 0, cores: 1 }
  await run(runner, { ...publisher, from: 0, count: CROWD })
  const times: number[] = []
  for (let from = 0; from < 2 * rounds; from++) {
    await pause(BOOTED_AFTER_MS)
    const { ms, cold } = await run(runner, { ...publisher, from: from % CROWD, count: 1 })
    if (cold !== 1) throw new Error('a function was warm that should have gone')
    times.push(...ms)
  }
  return median(times)
}

function run(runner: Program, what: { publisher: number; cores?: number; from: number; count: number }): Promise<Ran> {
  const running: Running = { ...what, publisher: `publisher-${what.publisher}`, entry: handlerFile('hello') }
  return runner.ask<Ran>('run', running)
}
