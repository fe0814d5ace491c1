import { availableParallelism } from 'node:os'
import { setup as buildGuest } from '../../test/setup/guest.ts'
import { AREAS } from './areas.ts'
import { debianTests } from './debian.ts'
import { compare, readExpected } from './expected.ts'
import { readOptions } from './options.ts'
import { describeRun } from './print.ts'
import type { Engine, FileResult } from './results.ts'
import { tally } from './tally.ts'
import { findTests } from './tests.ts'
import { isWhole, Tree } from './tree.ts'
import { runAll } from './workers.ts'

/**
 * Runs web-platform-tests in an isolate as production boots it, and among Node's own globals, and says what passes.
 *
 *     npm run conformance [-- --wpt DIR … --area AREA … --file TEXT … --json --jobs N]
 *
 * Exits 1 where a subtest fails that is not expected to.
 */
const options = readOptions(process.argv.slice(2), availableParallelism())
const tell = (text: string): void => void process.stderr.write(`${text}\n`)

const unknown = options.areas.filter((area) => !(area in AREAS))
if (unknown.length > 0) throw new Error(`no area ${unknown.join(', ')}; there are ${Object.keys(AREAS).join(', ')}`)

await buildGuest()
const debian = options.wpt.some(isWhole) ? [] : [await debianTests(tell)]
const tree = new Tree([...debian, ...options.wpt])
const found = findTests(tree, options.areas)
const files = found.filter(
  ({ path }) => options.files.length === 0 || options.files.some((text) => path.includes(text)),
)

const wanted = options.areas.length === 0 ? Object.keys(AREAS) : options.areas
const absent = wanted.filter((area) => !found.some((file) => file.area === area))
if (absent.length > 0)
  tell(`no tests of ${absent.join(', ')}: name a copy of web-platform-tests that has them with --wpt DIR`)

const engines: Engine[] = ['isolate', 'node']
let done = 0
const results = await runAll(
  tree,
  files.flatMap((file) => engines.map((engine) => ({ engine, file }))),
  options.jobs,
  () => {
    done += 1
    if (done % 100 === 0) tell(`${done}/${files.length * engines.length}`)
  },
)

const lost: FileResult = { subtests: [] }
const counts = tally(
  files.map((file, at) => ({ file, isolate: results[at * 2] ?? lost, node: results[at * 2 + 1] ?? lost })),
)
const comparison = compare(counts, readExpected())
const report = describeRun(counts, comparison)
if (options.json) {
  tell(report)
  process.stdout.write(`${JSON.stringify({ total: counts.total, areas: counts.areas })}\n`)
} else {
  process.stdout.write(`${report}\n`)
}
if (comparison.regressions.length > 0) process.exitCode = 1
