import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectControl, homePaths } from '@hither/peer'
import { connect } from 'hither'
import { ends, type AtEnd } from '../measure/at-end.ts'
import { addressOf, joining, peers } from '../measure/peers.ts'
import { OF_A_RUSH, tallies, type Tally } from './tally.ts'
import { faultsOf } from './faults.ts'
import './collect.ts'
import { guest, oneCall, oneDeploy, rush, type Guest, type Stage } from './work.ts'
import { told } from './words.ts'
import { watch } from './watch.ts'

/** `npm run soak -- --minutes N`: a small network under steady work, and whether anything of it grows or fails. */

const CALL_EVERY_MS = 50
const DEPLOY_EVERY_MS = 5_000
const KILL_EVERY_MS = 30_000
const LOOK_EVERY_MS = 2_000
/** Calls under way at once, at most: a network that does not answer must not be asked ever more. */
const CALLS_MAX = 50
/** Of the whole time, until the last of what is filled once is full; most of it the rush has filled. The more windows are judged, the less is chance. */
const WARM_PART = 0.1

async function soak(minutes: number, atEnd: AtEnd, signal: AbortSignal): Promise<boolean> {
  const { stage, guest: comes, filling } = await start(atEnd)
  const startedAt = performance.now()
  const forMs = minutes * 60_000
  const over = AbortSignal.any([signal, AbortSignal.timeout(forMs)])
  let underWay = 0
  await Promise.all([
    every(CALL_EVERY_MS, over, (number) => {
      if (underWay >= CALLS_MAX) return stage.told.heldBack()
      underWay++
      void oneCall(stage, number).finally(() => underWay--)
    }),
    every(DEPLOY_EVERY_MS, over, (number) => oneDeploy(stage, number + 1)),
    every(KILL_EVERY_MS, over, (number) => (number === 0 ? undefined : comes.killAndJoin(stage.told))),
    every(LOOK_EVERY_MS, over, () => stage.watch.look()),
  ])
  const { tally } = stage.told
  const seen = stage.watch.seen(startedAt + WARM_PART * forMs)
  const soaked = { minutes: (performance.now() - startedAt) / 60_000, seen, filling, tally }
  const faults = faultsOf(soaked)
  console.log(told(soaked, faults))
  return faults.length === 0
}

/** Calls come from this process, as from an app. */
async function start(atEnd: AtEnd): Promise<{ stage: Stage; guest: Guest; filling: Tally }> {
  const now = (): number => performance.now()
  const net = await peers(atEnd, { NODE_OPTIONS: `--import ${new URL('collect.ts', import.meta.url).href}` })
  const lends = ['--volunteer', '--trust', await net.publisher('dev')]
  const steady = await net.up('steady', lends)
  const dev = await net.up('dev', joining(steady))
  const publisher = await connectControl(homePaths(net.home('dev')).socket)
  if (publisher === undefined) throw new Error('the publisher’s peer does not answer')
  atEnd(() => publisher.close())
  const app = await connect({
    via: 'light',
    home: net.home('dev'),
    bootstrap: [addressOf(steady), addressOf(dev)],
    mdns: false,
  })
  atEnd(() => app.close())
  const seen = watch(now)
  seen.add('app (calls)', process.pid)
  seen.add('steady runner', steady.pid)
  seen.add('publisher', dev.pid)
  const stage: Stage = { net, steady, lends, app, publisher, told: tallies(now), watch: seen }
  await oneDeploy(stage, 0)
  const comes = await guest(stage, publisher)
  const filling = tallies(now, OF_A_RUSH)
  await rush({ ...stage, told: filling }, comes)
  return { stage, guest: comes, filling: filling.tally }
}

/** At a steady rate: what took too long puts off only itself. */
async function every(ms: number, over: AbortSignal, run: (number: number) => unknown): Promise<void> {
  const startedAt = performance.now()
  for (let number = 0; !over.aborted; number++) {
    await run(number)
    const waits = Math.max(0, startedAt + (number + 1) * ms - performance.now())
    await pause(waits, undefined, { signal: over }).catch(() => undefined)
  }
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0 && minutes <= 24 * 60))
  throw new Error(`--minutes takes a number up to 1440, not "${values.minutes}"`)
const { atEnd, end } = ends()
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
try {
  if (!(await soak(minutes, atEnd, interrupted.signal))) process.exitCode = 1
} finally {
  await end()
}
