import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHitherError } from '@hither/core'
import { connectControl, homePaths, type PeerApi } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import { joining, testNetwork, type TestNetwork } from '../test/support/network.ts'
import { median, quantile } from './measure/numbers.ts'
import { cpuUsOf, ownCpuUsOf } from './measure/proc.ts'
import { interleaved } from './measure/rounds.ts'

/**
 * Claims: a runner that is offered more than it can do completes no less for it, and a second, farther runner gets what the first
 * cannot do; calls wait for a place as long as they do by default. They burn some ms of processor time each, so that no number of
 * them at once does more; all peers are processes of their own.
 *
 * Sandboxes have the lowest priority, so what else the machine does at the time is taken from them: beside completions a second stands
 * what was completed for each second of a core that the runner's processes got, which other load moves little.
 */

const BURNS =
  'export default () => { let n = 0; for (let i = 0; i < 3e6; i++) n += i % 7; return new Response(String(n)) }'
const SETTLES_MS = 1500
const LASTS_MS = 3000
const TIMES = [1, 2, 4, 8]
const ROUNDS = 5
/** What a runner can do is measured with so many at once. */
const AT_ONCE = 8

interface Figures {
  'offered/s': number
  'completed/s': number
  'a core-s': number
  'p50 ms': number
  'p99 ms': number
  'nobody took': number
  /** By the first runner. */
  refusals: number
  /** That the first says it has, in the end. */
  slots: number
  /** Processor time, in ms a second: of the first's own process, of what it started, of the caller's and of this one. */
  runner: number
  sandboxes: number
  caller: number
  asker: number
  /** By how much this process called later than it should have, in ms, at worst. */
  late: number
  first: number
  second: number
}

test('what is completed as more is offered', { timeout: 400_000 }, async () => {
  const net = await testNetwork()
  const entry = await burning(net)
  const runner = async (name: string, args: string[]): Promise<RunningPeer> => {
    const peer = await net.up(name, ['--volunteer', ...args])
    await net.json(name, ['volunteer', 'set', 'cores=1', 'when=always'])
    await net.fn(name, ['trust', 'add', await net.publisher('dev')])
    return peer
  }
  const near = await runner('near', [])
  const far = await runner('far', joining(near))
  const dev = await net.up('dev', joining(near, far))
  await net.json('dev', ['deploy', entry, '--name', 'burns'])
  const on: On = { api: await control(dev), status: await control(near), near, dev }
  const avoid = [far.status.peer]
  await completes(on.api, avoid)
  const alone = await completes(on.api, avoid)

  const ways = {
    ...Object.fromEntries(TIMES.map((times) => [`one runner, ${times}x`, () => offer(on, times * alone, avoid)])),
    'two runners, 4x of one': () => offer(on, 4 * alone, []),
  }
  const found = await interleaved(ways, ROUNDS, Math.random)
  const rows = Object.fromEntries(Object.entries(found).map(([way, rounds]) => [way, medians(rounds)]))
  console.table(rows)
  expect(Object.keys(rows)).toHaveLength(TIMES.length + 1)
})

interface On {
  api: PeerApi
  /** Of the first runner. */
  status: PeerApi
  near: RunningPeer
  dev: RunningPeer
}

async function control({ home }: RunningPeer): Promise<PeerApi> {
  const api = await connectControl(homePaths(home).socket)
  if (api === undefined) throw new Error(`no peer answers in ${home}`)
  onTestFinished(() => api.close())
  return api
}

async function burning(net: TestNetwork): Promise<string> {
  const folder = join(net.folder, 'burns')
  await mkdir(folder)
  await writeFile(join(folder, 'fn.ts'), BURNS)
  return join(folder, 'fn.ts')
}

/** Calls a second that one runner completes while some wait all the time. */
async function completes(api: PeerApi, avoid: string[]): Promise<number> {
  const until = performance.now() + LASTS_MS
  let done = 0
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      await api.call({ target: 'burns', avoid })
      done += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return Math.round((1000 * done) / LASTS_MS)
}

/** So many calls a second, whatever becomes of them; what happens in the first while is not counted. */
async function offer({ api, status, near, dev }: On, perSecond: number, avoid: string[]): Promise<Figures> {
  const began = performance.now()
  const [from, to] = [began + SETTLES_MS, began + SETTLES_MS + LASTS_MS]
  const counts = (): boolean => performance.now() >= from && performance.now() < to
  const times: number[] = []
  const by = { first: 0, second: 0 }
  let refused = 0
  const call = async (): Promise<void> => {
    const at = performance.now()
    try {
      const { peer } = await api.call({ target: 'burns', avoid })
      if (!counts()) return
      times.push(performance.now() - at)
      by[peer === near.status.peer ? 'first' : 'second'] += 1
    } catch (thrown) {
      if (toHitherError(thrown).code !== 'no-runner') throw thrown
      if (counts()) refused += 1
    }
  }
  const calls: Promise<void>[] = []
  let late = 0
  let before: Spent | undefined
  for (let made = 0; performance.now() < to;) {
    if (performance.now() >= from) before ??= await spent(status, near, dev)
    late = Math.max(late, performance.now() - began - (1000 * made) / perSecond)
    for (; made < ((performance.now() - began) * perSecond) / 1000; made++) calls.push(call())
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const after = await spent(status, near, dev)
  const slots = (await api.peers()).find(({ peer }) => peer === near.status.peer)?.state?.slots ?? 0
  await Promise.all(calls)
  const perS = (of: keyof Spent): number => (1000 * (after[of] - (before?.[of] ?? 0))) / LASTS_MS
  const completed = (1000 * times.length) / LASTS_MS
  return {
    'offered/s': perSecond,
    'completed/s': completed,
    'a core-s': (1000 * (by.first / LASTS_MS) * 1000) / (perS('runner') + perS('sandboxes')),
    'p50 ms': quantile(times, 0.5),
    'p99 ms': quantile(times, 0.99),
    'nobody took': (1000 * refused) / LASTS_MS,
    refusals: perS('refusals'),
    slots,
    runner: perS('runner'),
    sandboxes: perS('sandboxes'),
    caller: perS('caller'),
    asker: perS('asker'),
    late,
    ...by,
  }
}

type Spent = Record<'runner' | 'sandboxes' | 'caller' | 'asker' | 'refusals', number>

/** Processor time so far, in ms, and refusals. */
async function spent(status: PeerApi, near: RunningPeer, dev: RunningPeer): Promise<Spent> {
  const { calls } = await status.status()
  const runner = ownCpuUsOf(near.pid) / 1000
  const { user, system } = process.cpuUsage()
  return {
    runner,
    sandboxes: cpuUsOf(near.pid) / 1000 - runner,
    caller: ownCpuUsOf(dev.pid) / 1000,
    asker: (user + system) / 1000,
    refusals: calls.refused,
  }
}

function medians(rounds: Figures[]): Record<string, number> {
  const names = Object.keys(rounds[0] ?? {}) as (keyof Figures)[]
  return Object.fromEntries(names.map((name) => [name, Math.round(median(rounds.map((one) => one[name])))]))
}
