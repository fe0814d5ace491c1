import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { judge, table } from './bars/bar.ts'
import { bars } from './bars/bars.ts'
import { fullPlan, quickPlan } from './bars/plan.ts'
import { reports } from './bars/runs.ts'

const USAGE = `npm run sim:bars -- [--only ID] [--out DIR] [--jobs N] [--seeds N] [--quick]
  --only ID   of the table's rows only those named so; of --quick's lengths they tell little
  --out DIR   keeps the report of each run, and takes those that are there: a folder for each state of the code
  --jobs 2    runs at a time, a process each
  --seeds 5   the worst of so many counts
  --quick     small networks, one seed: to see that all is there`

/** The committed table, from the top of the repository. */
const RESULTS = 'bench/results'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: 'node_modules/.cache/sim-bars' },
    jobs: { type: 'string', default: '2' },
    seeds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(USAGE)
else await main()

async function main(): Promise<void> {
  const { only, out, quick } = values
  const all = bars(quick ? quickPlan() : fullPlan(count(values.seeds)))
  const wanted = all.filter(({ id }) => only === undefined || id === only)
  if (wanted.length === 0) throw new Error(`--only must be one of ${[...new Set(all.map(({ id }) => id))].join(', ')}`)
  const runs = wanted.flatMap((bar) => bar.runs)
  const told = await reports(runs, out, count(values.jobs), (line) => console.error(line))
  const judged = wanted.map((bar) => judge(bar, told))
  console.log(table(judged))
  const complete = only === undefined && !quick
  const folder = complete ? RESULTS : out
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'sim.json'), `${JSON.stringify({ bars: judged }, undefined, 2)}\n`)
}

function count(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`"${text}" must be a whole number from 1 on\n\n${USAGE}`)
  return number
}
