import { access, constants, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { command } from './command.ts'
import type { AtEnd } from './measure/at-end.ts'
import { build } from './measure/build.ts'
import { readOptions, USAGE, type Options } from './options.ts'
import { figuresOf } from './report/bars.ts'
import { complete, standing } from './report/judge.ts'
import { machine } from './report/machine.ts'
import { markdown, quotation } from './report/markdown.ts'
import { quotedIn, quoteIn } from './report/quote.ts'
import type { Report } from './report/report.ts'
import { runTopic, type Outcome } from './run-topic.ts'
import { TOPICS } from './topics/topics.ts'

/** `npm run bench`: one report of all topics, each beside what it is compared with. */

const names = Object.keys(TOPICS)
/** How long a run waits for others on this machine to be at rest: what is committed wants it most. */
const QUIET_MAX_MS = 20_000
const README = new URL('../README.md', import.meta.url)

async function bench(options: Options, atEnd: AtEnd, signal: AbortSignal): Promise<boolean> {
  await writable(options)
  const startedAt = performance.now()
  await build(atEnd)
  const about = await machine(options.whole ? QUIET_MAX_MS : 0)
  const outcomes = new Map<string, Outcome>()
  for (const [name, load] of Object.entries(TOPICS)) {
    const wanted = options.only?.includes(name) ?? (!options.quick || figuresOf(name).length > 0)
    if (wanted) outcomes.set(name, await runTopic(name, load, options, { atEnd, signal }))
  }
  const report: Report = {
    machine: about,
    rounds: options.rounds,
    quick: options.quick,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    figures: standing(outcomes),
    measures: [...outcomes].flatMap(([topic, { measures }]) => measures.map((one) => ({ topic, ...one }))),
    missing: [...outcomes].flatMap(([topic, { why }]) => (why === undefined ? [] : [{ topic, why }])),
  }
  // First of all: what cannot be written is said all the same.
  console.log(markdown(report))
  if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(report, null, 2)}\n`)
  if (options.whole) await quoteIn(README, quotation(report))
  return complete(report, [...outcomes.keys()])
}

/** Throws where the report could not be written: who waited for it should hear that before. */
async function writable({ out, whole }: Options): Promise<void> {
  if (whole) quotedIn(await readFile(README, 'utf8'))
  if (out === undefined) return
  await mkdir(dirname(out), { recursive: true })
  try {
    await (await open(out, 'r+')).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await access(dirname(out), constants.W_OK)
  }
}

await command({
  usage: USAGE.replace('TOPICS', names.join(', ')),
  read: (args) => readOptions(args, names),
  run: bench,
})
