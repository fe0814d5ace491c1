import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Status } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import { joining, testNetwork } from '../test/support/network.ts'

/** Claim: a peer that volunteers, has 50 peers and no work costs its owner at most 1 % of one core, its spare process included. */

const CROWD = fileURLToPath(new URL('children/crowd.ts', import.meta.url))
const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))
const PEERS = 50
/** Until the connections are made and what was made ready is ready; then it is measured for so long. */
const SETTLE_MS = 15_000
const MEASURE_MS = 30_000

/** A process and whatever it has started. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
      .split(' ')
      .map(Number)
      .filter((child) => child > 0),
  )
  return [pid, ...children.flatMap(familyOf)]
}

function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function statusOf(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}

/** How often its threads gave up a processor to wait for something. */
function wakesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1')
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  }, 0)
}

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
    return { name, peer, family, cpuMs: family.map(cpuMsOf), wakes: family.map(wakesOf) }
  })
  await pause(MEASURE_MS)
  const rows: Record<string, Record<string, number>> = {}
  for (const { name, peer, family, cpuMs, wakes } of measured) {
    const sum = (values: number[]): number => values.reduce((all, one) => all + one, 0)
    const tookMs = sum(family.map((pid, i) => cpuMsOf(pid) - (cpuMs[i] ?? 0)))
    rows[name] = {
      peers: (await net.json<Status>(peer.home.split('/').at(-1) ?? '', ['status'])).peers,
      processes: family.length,
      '% of a core': Number(((100 * tookMs) / MEASURE_MS).toFixed(2)),
      'wake-ups/s': Math.round((1000 * sum(family.map((pid, i) => wakesOf(pid) - (wakes[i] ?? 0)))) / MEASURE_MS),
      'memory MB': Math.round(sum(family.map((pid) => statusOf(pid, 'VmRSS'))) / 1024),
    }
  }
  console.table(rows)
  expect(Object.values(rows).map(({ peers: count }) => count)).toEqual([PEERS, PEERS, PEERS])
})
