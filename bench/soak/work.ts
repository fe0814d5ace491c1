import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PeerApi } from '@hither/peer'
import type { Net } from 'hither'
import type { RunningPeer } from '../../examples/demo/fn.ts'
import { addressOf, joining, type Peers } from '../measure/peers.ts'
import type { Tallies } from './tally.ts'
import type { Watch } from './watch.ts'

/** What the soak does, each at its own steady rate. A call of a function that may be repeated, and one that may not. */

export interface Stage {
  net: Peers
  steady: RunningPeer
  /** Flags of a runner. */
  lends: string[]
  app: Net
  publisher: Pick<PeerApi, 'deploy'>
  told: Tallies
  watch: Watch
  /** Aborts when it is cut short. */
  signal: AbortSignal
}

/** A deploy that takes so long has failed, in ms. */
const DEPLOYED_MAX_MS = 60_000

const BODY = 'x'.repeat(2_000)

/** Each is a function of its own, which stays warm at its runners: only of a bounded number can memory come to rest. */
const VERSIONS = 6

/**
 * Calls of each by which all is filled that fills once, and how many at once: by enough that more than one process runs it. V8 goes on
 * compiling what an isolate calls: in a quarter of a million calls of one function its process grew by 5 MB up to the 60,000th, then by 2.
 */
const RUSH_CALLS = 60_000
const RUSH_AT_ONCE = 32

/**
 * Calls of each after that, one at a time as in the steady work, which another process may have than most of the many: until V8 has compiled
 * all that is called often, and each isolate has its room for new objects, that one grows by half.
 */
const QUIET_CALLS = 4000

/** Until all that a kill and a join take is compiled: they add a megabyte to whoever sees them, most of it the first time. */
const RUSH_KILLS = 15

/**
 * Deploys by which a name's history has as many records as are kept of one, and V8 has compiled all that a deploy takes for good: until
 * then it adds half a megabyte of code in three hundred.
 */
const RUSH_DEPLOYS = 1000

/** All that the soak will ever do, often enough that machines' heaps and caches have the size at which they stay. */
export async function rush(stage: Stage, comes: Guest): Promise<void> {
  await ofAll(stage, RUSH_CALLS, RUSH_AT_ONCE)
  await ofAll(stage, QUIET_CALLS, 1)
  await hurried(stage, comes)
}

/** The steady work without its pauses, and last: V8 drops the code of what rests for a minute or two, and would compile it anew in those that count. */
async function hurried(stage: Stage, comes: Guest): Promise<void> {
  const over = new AbortController()
  const rest = Promise.all([
    inTurn(stage.signal, RUSH_DEPLOYS, (number) => oneDeploy(stage, number)),
    inTurn(stage.signal, RUSH_KILLS, () => comes.killAndJoin(stage.told)),
  ]).finally(() => over.abort())
  const calls = inTurn(AbortSignal.any([stage.signal, over.signal]), Infinity, (number) => oneCall(stage, number))
  await Promise.all([rest, calls])
}

async function inTurn(signal: AbortSignal, count: number, one: (number: number) => Promise<void>): Promise<void> {
  for (let number = 0; number < count && !signal.aborted; number++) await one(number)
}

/** So many calls of each version. */
async function ofAll(stage: Stage, calls: number, atOnce: number): Promise<void> {
  for (let version = 0; version < VERSIONS && !stage.signal.aborted; version++) {
    await oneDeploy(stage, version)
    let left = calls
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left-- > 0 && !stage.signal.aborted) await oneCall(stage, left)
      }),
    )
  }
}

export async function oneCall({ app, told }: Stage, number: number): Promise<void> {
  const posts = number % 4 === 0
  const what = posts ? 'POST' : 'GET'
  try {
    const response = await app.fetch('live', '/', posts ? { method: 'POST', body: BODY } : {})
    const text = await response.text()
    if (response.status !== 200 || !text.startsWith('version ')) throw new Error(`${response.status}: ${text}`)
    told.did(what)
  } catch (thrown) {
    told.failed(what, thrown)
  }
}

/** Each time another function under the same name. */
export async function oneDeploy({ net, publisher, told }: Stage, number: number): Promise<void> {
  const entry = join(net.folder, 'live.ts')
  try {
    await writeFile(
      entry,
      `export default async (request) => {\n  await request.text()\n  return new Response('version ${number % VERSIONS}')\n}\n`,
    )
    await publisher.deploy({ entry, name: 'live' }, { signal: AbortSignal.timeout(DEPLOYED_MAX_MS) })
    told.did('deploy')
  } catch (thrown) {
    told.failed('deploy', thrown)
  }
}

/** A runner that comes, is killed without a word, and comes again. */
export interface Guest {
  /** @param told Who is told of it: what it disturbs is explained by it. */
  killAndJoin(told: Tallies): Promise<void>
}

export async function guest(
  { net, steady, lends, watch }: Stage,
  publisher: { join: PeerApi['join'] },
): Promise<Guest> {
  let peer = await joined()
  async function joined(): Promise<RunningPeer> {
    const up = await net.up('guest', [...lends, ...joining(steady)])
    watch.add('guest runner', up.pid)
    await publisher.join({ addresses: [addressOf(up)] })
    return up
  }
  return {
    async killAndJoin(told) {
      told.disturbed()
      watch.release(peer.pid)
      try {
        await peer.end('SIGKILL')
        told.did('kill')
        peer = await joined()
        told.did('join')
      } catch (thrown) {
        told.failed('join', thrown)
      } finally {
        told.calm()
      }
    },
  }
}
