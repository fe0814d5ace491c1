import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Status } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import { sum } from './measure/numbers.ts'
import { cpuUsOf, familyOf, rssBytesOf, wakesOf } from './measure/proc.ts'
import { joining, testNetwork } from '../test/support/network.ts'

/** Claim: a peer that volunteers, has 50 peers and no work costs its owner at most 1 % of one core, its spare process included. */

const CROWD = fileURLToPath(new URL('children/crowd.ts', import.meta.url))
const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))
const PEERS = 50
/** Until the connections are made and what was made ready is ready; then it is measured for so long. */
const SETTLE_MS = 15_000
const MEASURE_MS = 30_000

test('what a peer costs that has nothing to do', { timeout: 240_000 }, async () => {
  const net = await testNetwork()
  const idle = await net.up('idle')
  const lends = await net.up('lends', ['--volunteer', '--trust', await net.publisher('dev')])
  const used = await net.up('used', ['--volunteer', '--trust', await net.publisher('dev')])
  // One that was called has a process of that publisher besides.
  await net.json('dev', ['deploy', HELLO, ...joining(used)])
  await net.json('dev', ['invoke', 'hello', ...joining(used)])
  for (const peer of [idle, lends, used]) {
    const crowd = spawn(
      process.execPath,
      ['--conditions=hither-source', CROWD, peer.status.addresses[0] ?? '', String(PEERS)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    onTestFinished(() => void crowd.kill('SIGKILL'))
    await once(crowd.stdout, 'data')
  }
  await pause(SETTLE_MS)
  const peers = { 'does not volunteer': idle, volunteers: lends, 'volunteers, was called': used }
  const measured = Object.entries(peers).map(([name, peer]) => {
    const family = familyOf(peer.pid)
    return { name, peer, family, cpuUs: cpuUsOf(peer.pid), wakes: family.map(wakesOf) }
  })
  await pause(MEASURE_MS)
  const rows: Record<string, Record<string, number>> = {}
  for (const { name, peer, family, cpuUs, wakes } of measured) {
    const tookMs = (cpuUsOf(peer.pid) - cpuUs) / 1000
    rows[name] = {
      peers: (await net.json<Status>(peer.home.split('/').at(-1) ?? '', ['status'])).peers,
      processes: family.length,
      '% of a core': Number(((100 * tookMs) / MEASURE_MS).toFixed(2)),
      'wake-ups/s': Math.round((1000 * sum(family.map((pid, i) => wakesOf(pid) - (wakes[i] ?? 0)))) / MEASURE_MS),
      'memory MB': Math.round(sum(family.map(rssBytesOf)) / 2 ** 20),
    }
  }
  console.table(rows)
  expect(Object.values(rows).map(({ peers: count }) => count)).toEqual([PEERS, PEERS, PEERS])
})
