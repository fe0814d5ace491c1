import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readOptions, USAGE, type Options } from './options.ts'
import { figuresOf, BARS, type FigureId } from './report/bars.ts'
import { judged, unmeasured } from './report/judge.ts'
import { machine } from './report/machine.ts'
import { figuresTable, markdown } from './report/markdown.ts'
import { quoteIn } from './report/quote.ts'
import type { Report } from './report/report.ts'
import { runTopic, type Outcome } from './run-topic.ts'
import { TOPICS } from './topics/topics.ts'

/** `npm run bench`: one report of all topics, each beside what it is compared with. */

const names = Object.keys(TOPICS)
const README = new URL('../README.md', import.meta.url)

async function main(options: Options): Promise<void> {
  const startedAt = performance.now()
  const about = await machine()
  const outcomes = new Map<string, Outcome>()
  const topics = options.only ?? (options.quick ? names.filter((name) => figuresOf(name).length > 0) : names)
  for (const name of topics) outcomes.set(name, await runTopic(name, options))
  const report: Report = {
    machine: about,
    rounds: options.rounds,
    quick: options.quick,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    figures: (Object.keys(BARS) as FigureId[]).map((id) => figure(id, outcomes)),
    measures: [...outcomes].flatMap(([topic, { measures }]) => measures.map((one) => ({ topic, ...one }))),
    missing: [...outcomes].flatMap(([topic, { why }]) => (why === undefined ? [] : [{ topic, why }])),
  }
  if (options.out !== undefined) {
    await mkdir(dirname(options.out), { recursive: true })
    await writeFile(options.out, `${JSON.stringify(report, null, 2)}\n`)
  }
  if (options.whole) await quoteIn(README, figuresTable(report.figures))
  console.log(markdown(report))
  // What could not be measured must not pass for a good run.
  if (report.missing.length > 0) process.exitCode = 1
}

function figure(id: FigureId, outcomes: Map<string, Outcome>): Report['figures'][number] {
  const topic = [...outcomes].find(([name]) => figuresOf(name).includes(id))
  if (topic === undefined) return unmeasured(id, `the topic ${BARS[id].topic} was not run`)
  const [name, { figures, why }] = topic
  const found = figures.find((one) => one.id === id)
  return found === undefined ? unmeasured(id, why ?? `the topic ${name} did not say it`) : judged(found)
}

try {
  await main(readOptions(process.argv.slice(2), names))
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(`${error.stack ?? error.message}\n\n${USAGE.replace('TOPICS', names.join(', '))}`)
  process.exitCode = 1
}
