import { readFile } from 'node:fs/promises'
import { connect } from 'hither'

/** The caller of `bench/profile.ts`: HOME ADDRESS CID CALLS AT-ONCE RUNNER-PID. */

const [home = '', address = '', cid = '', calls = '0', atOnce = '1', runner = ''] = process.argv.slice(2)

const WARM_UP = 3_000

/** Linux counts processor time in hundredths of a second. */
const TICK_US = 10_000

const net = await connect({ via: 'light', home, bootstrap: [address], mdns: false })

async function one(): Promise<void> {
  await (await net.fetch(cid)).text()
}

async function many(total: number, lanes: number): Promise<number[]> {
  const times: number[] = []
  let left = total
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const at = performance.now()
      await one()
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return times.toSorted((a, b) => a - b)
}

/** User and system time of the runner's own process so far, without its sandbox, in µs. */
async function runnerUs(): Promise<number> {
  const stat = await readFile(`/proc/${runner}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

await many(WARM_UP, Number(atOnce))
const runnerBefore = await runnerUs()
const before = process.cpuUsage()
const at = performance.now()
const times = await many(Number(calls), Number(atOnce))
const ms = performance.now() - at
const { user, system } = process.cpuUsage(before)
const runnerSpent = (await runnerUs()) - runnerBefore
await net.close()

const ofTimes = (part: number): string => (times[Math.floor(times.length * part)] ?? 0).toFixed(2)
const each = (us: number): string => (us / Number(calls)).toFixed(0)
process.stdout.write(
  `${atOnce} at once: ${((Number(calls) / ms) * 1000).toFixed(0)} calls/s, p50 ${ofTimes(0.5)} ms, p99 ${ofTimes(0.99)} ms; ` +
    `caller ${each(user + system)} µs per call, runner ${each(runnerSpent)} µs\n`,
)
