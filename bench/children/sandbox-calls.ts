import { sandbox } from '@hither/sandbox'
import { makeJob } from '../../packages/sandbox/test/host/jobs.ts'
import { load } from '../measure/load.ts'
import { median } from '../measure/numbers.ts'
import { cpuUsOf } from '../measure/proc.ts'
import { interleaved } from '../measure/rounds.ts'

/**
 * Warm calls through a runner and its process, in the jail that this machine offers, by how many are under way at once. What
 * a call costs is told apart by where: here, and in the process. Times in µs.
 *
 *     node --conditions=hither-source bench/children/sandbox-calls.ts [ROUNDS [MS_EACH]]
 */

const [, , rounds = '7', eachMs = '500'] = process.argv
const AT_ONCE = [1, 16, 64]
/** Calls in which V8 compiles what they use, on both sides. */
const WARMUP = 20_000

const runner = sandbox({ cores: 2, memoryMb: 2048, slots: 256 })()
await runner.start()
const job = await makeJob(`export default () => new Response('ok')`)
const call = (): Promise<unknown> => runner.run(job)
await load({ call, concurrency: 64, forMs: Infinity, enough: WARMUP })

/** Of all processes that this one has started. */
function startedUs(): number {
  const { user, system } = process.cpuUsage()
  return cpuUsOf(process.pid) - user - system
}

async function measured(concurrency: number): Promise<Record<'parent' | 'process' | 'p50', number>> {
  const before = startedUs()
  const { p50, cpuUs, calls } = await load({ call, concurrency, forMs: Number(eachMs) })
  return { parent: cpuUs, process: (startedUs() - before) / calls, p50: 1000 * p50 }
}

const ways = Object.fromEntries(AT_ONCE.map((count) => [`${count} at once`, () => measured(count)]))
const found = await interleaved(ways, Number(rounds), Math.random)
const figures = Object.entries(found).map(([name, rows]) => [
  name,
  {
    parent: median(rows.map(({ parent }) => parent)),
    process: median(rows.map((row) => row.process)),
    p50: median(rows.map(({ p50 }) => p50)),
  },
])
console.log(JSON.stringify(Object.fromEntries(figures)))
await runner.stop()
