import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHitherError } from '@hither/core'
import { connectControl, homePaths, type PeerApi } from '@hither/peer'
import { expect, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import { joining, testNetwork, type TestNetwork } from '../test/support/network.ts'

/**
 * Claims: a runner that is offered more than it can do completes no less for it, and a second, farther runner gets what the first
 * cannot do; calls wait for a place as long as they do by default. They burn some ms of processor time each, so that no number of them at once does more; all peers are processes of their own.
 */

const BURNS =
  'export default () => { let n = 0; for (let i = 0; i < 6e6; i++) n += i % 7; return new Response(String(n)) }'
const LASTS_MS = 4000
const SETTLES_MS = 3000
const TIMES = [1, 2, 4, 8]

interface Figures {
  'offered/s': number
  'completed/s': number
  'p50 ms': number
  'p99 ms': number
  'nobody took': number
  /** Slots that the first says it has, in the end. */
  slots: number
  /** Processor time of the first's own process and of the caller's, in ms a second. */
  'runner cpu': number
  'caller cpu': number
  [runner: string]: number
}

test('what is completed as more is offered', { timeout: 300_000 }, async () => {
  const net = await testNetwork()
  const entry = await burning(net)
  const near = await net.up('near', ['--volunteer'])
  await net.json('near', ['volunteer', 'set', 'cores=1', 'when=always'])
  const far = await net.up('far', ['--volunteer', ...joining(near)])
  await net.json('far', ['volunteer', 'set', 'cores=1', 'when=always'])
  const publisher = await net.publisher('dev')
  await net.fn('near', ['trust', 'add', publisher])
  await net.fn('far', ['trust', 'add', publisher])
  const dev = await net.up('dev', joining(near, far))
  await net.json('dev', ['deploy', entry, '--name', 'burns'])
  const api = await connectControl(homePaths(dev.home).socket)
  if (api === undefined) throw new Error('the caller does not answer')

  const on: On = {
    api,
    near,
    dev,
    names: new Map([near, far].map(({ status }, at) => [status.peer, at === 0 ? 'first' : 'second'])),
  }
  const alone = await completes(api, far.status.peer)
  const rows: Record<string, Figures> = {}
  for (const times of TIMES) {
    rows[`one runner, ${times}x`] = await offer(on, times * alone, far.status.peer)
  }
  rows['two runners, 4x of one'] = await offer(on, 4 * alone)
  console.table(rows)
  api.close()
  expect(Object.keys(rows)).toHaveLength(TIMES.length + 1)
})

interface On {
  api: PeerApi
  near: RunningPeer
  dev: RunningPeer
  /** By peer id. */
  names: Map<string, string>
}

async function burning(net: TestNetwork): Promise<string> {
  const folder = join(net.folder, 'burns')
  await mkdir(folder)
  await writeFile(join(folder, 'fn.ts'), BURNS)
  return join(folder, 'fn.ts')
}

/** Calls a second that one runner completes when it has one after the other to do, some at once. */
async function completes(api: PeerApi, avoid: string): Promise<number> {
  const until = performance.now() + LASTS_MS
  let done = 0
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      await api.call({ target: 'burns', avoid: [avoid] })
      done += 1
    }
  }
  await Promise.all([one(), one()])
  return Math.round((1000 * done) / LASTS_MS)
}

/** So many calls a second, whatever becomes of them; the first seconds are not counted. */
async function offer({ api, near, dev, names }: On, perSecond: number, avoid?: string): Promise<Figures> {
  const times: number[] = []
  const by = new Map([...names.values()].map((name) => [name, 0]))
  let refused = 0
  let sent = 0
  const from = performance.now() + SETTLES_MS
  const call = async (): Promise<void> => {
    const at = performance.now()
    const counts = at >= from
    if (counts) sent += 1
    try {
      const { peer } = await api.call({ target: 'burns', ...(avoid !== undefined && { avoid: [avoid] }) })
      if (!counts) return
      times.push(performance.now() - at)
      const name = names.get(peer) ?? peer
      by.set(name, (by.get(name) ?? 0) + 1)
    } catch (thrown) {
      if (toHitherError(thrown).code !== 'no-runner') throw thrown
      if (counts) refused += 1
    }
  }
  const calls: Promise<void>[] = []
  const cpuBefore = [cpuMs(near), cpuMs(dev)]
  const began = performance.now()
  for (let made = 0; performance.now() < from + LASTS_MS;) {
    for (; made < ((performance.now() - began) * perSecond) / 1000; made++) calls.push(call())
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const [runnerCpu = 0, callerCpu = 0] = [near, dev].map((peer, i) => cpuMs(peer) - (cpuBefore[i] ?? 0))
  const slots = (await api.peers()).find(({ peer }) => peer === near.status.peer)?.state?.slots ?? 0
  await Promise.all(calls)
  times.sort((a, b) => a - b)
  const at = (share: number): number => Math.round(times[Math.floor(share * times.length)] ?? 0)
  return {
    'offered/s': Math.round((1000 * sent) / LASTS_MS),
    'completed/s': Math.round((1000 * times.length) / LASTS_MS),
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'nobody took': refused,
    slots,
    'runner cpu': Math.round((1000 * runnerCpu) / (SETTLES_MS + LASTS_MS)),
    'caller cpu': Math.round((1000 * callerCpu) / (SETTLES_MS + LASTS_MS)),
    ...Object.fromEntries(by),
  }
}

/** Processor time of a peer's own process so far, in ms; the kernel counts in hundredths of a second. */
function cpuMs({ pid }: RunningPeer): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return 10 * (Number(fields[11]) + Number(fields[12]))
}
