import { setTimeout as pause } from 'node:timers/promises'
import { connectControl, homePaths } from '@hither/peer'
import { connect } from 'hither'
import { command } from '../command.ts'
import type { AtEnd } from '../measure/at-end.ts'
import { build } from '../measure/build.ts'
import { addressOf, joining, peers } from '../measure/peers.ts'
import { readOptions, USAGE, type Options } from './options.ts'
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
/** What is not answered so long after the end never will be. */
const ANSWERED_MAX_MS = 60_000
/** Of the whole time, until the last of what is filled once is full; most of it the rush has filled. The more windows are judged, the less is chance. */
const WARM_PART = 0.1

async function soak({ minutes }: Options, atEnd: AtEnd, signal: AbortSignal): Promise<boolean> {
  await build(atEnd)
  console.error('soak: starting, and all at once what will be called')
  const { stage, guest: comes, filling } = await start(minutes, atEnd, signal)
  console.error(`soak: ${minutes} minutes of steady work`)
  const startedAt = performance.now()
  const forMs = minutes * 60_000
  const underWay = new Set<Promise<void>>()
  const report = (): boolean => {
    const { tally } = stage.told
    // What ends it may have reached its processes before it, and leaves calls without an answer.
    const seen = stage.watch.seen(startedAt + WARM_PART * forMs).filter(({ died }) => !died || !signal.aborted)
    const unanswered = signal.aborted ? 0 : underWay.size
    const soaked = { minutes: (performance.now() - startedAt) / 60_000, seen, filling, tally, unanswered }
    const faults = faultsOf(soaked)
    console.log(told(soaked, faults))
    return faults.length === 0
  }
  // At once, before what is being ended looks like a fault.
  signal.addEventListener('abort', report, { once: true })
  const over = AbortSignal.any([signal, AbortSignal.timeout(forMs)])
  await Promise.all([
    every(CALL_EVERY_MS, over, (number) => {
      if (underWay.size >= CALLS_MAX) return stage.told.heldBack()
      const call = oneCall(stage, number).finally(() => underWay.delete(call))
      underWay.add(call)
    }),
    every(DEPLOY_EVERY_MS, over, (number) => oneDeploy(stage, number + 1)),
    every(KILL_EVERY_MS, over, (number) => (number === 0 ? undefined : comes.killAndJoin(stage.told))),
    every(LOOK_EVERY_MS, over, () => stage.watch.look()),
  ])
  await Promise.race([Promise.all(underWay), pause(ANSWERED_MAX_MS, undefined, { ref: false })])
  signal.throwIfAborted()
  return report()
}

/** Calls come from this process, as from an app. */
async function start(
  minutes: number,
  atEnd: AtEnd,
  signal: AbortSignal,
): Promise<{ stage: Stage; guest: Guest; filling: Tally }> {
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
  const seen = watch(now, Math.ceil((minutes * 60_000) / LOOK_EVERY_MS))
  seen.add('app (calls)', process.pid)
  seen.add('steady runner', steady.pid)
  seen.add('publisher', dev.pid)
  const stage: Stage = { net, steady, lends, app, publisher, told: tallies(now), watch: seen, signal }
  await oneDeploy(stage, 0)
  const comes = await guest(stage, publisher)
  const filling = tallies(now, OF_A_RUSH)
  await rush({ ...stage, told: filling }, comes)
  signal.throwIfAborted()
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

await command({ usage: USAGE, read: readOptions, run: soak })
