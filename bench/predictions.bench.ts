import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectControl, homePaths, type CallParams, type PeerApi } from '@hither/peer'
import { phasesPredicted, phasesSeen, type Phase, type Phases } from '@hither/router'
import { expect, onTestFinished, test } from 'vitest'
import { delayProxy } from '../examples/demo/delay-proxy.ts'
import { testNetwork, type TestNetwork } from '../test/support/network.ts'

/**
 * Claim: what the router predicts of a call is what happens. Three runners behind delays; of each call what was predicted of its runner is held
 * against what it took, phase by phase: while functions are cold and warm, and runners idle and at work.
 */

const ROUND_TRIPS = [2, 20, 60]
const COLD = 12
const WARM = 200
const AT_ONCE = 12
const WORKS = 'let n = 0; for (let i = 0; i < 1e6; i++) n += i % 7'
const WAITS = 'await new Promise((go) => setTimeout(go, 20))'

interface Pair {
  before: Phases
  after: Phases
}

interface Row {
  predicted: number
  actual: number
  'error, median': number
  'error, p95': number
}

test('how far predictions are off, in ms', { timeout: 240_000 }, async () => {
  const net = await testNetwork()
  const api = await caller(net)
  await deployed(net, api, 'warm', `${WAITS}; ${WORKS}`)
  const one = (params: Partial<CallParams> = {}): Promise<Pair> => held(api, { target: 'warm', ...params })

  const rows: Record<string, Row> = {}
  const print = (name: string, pairs: Pair[]): void => void Object.assign(rows, scored(name, pairs))

  const cold: Pair[] = []
  for (let at = 0; at < COLD; at++) {
    await deployed(net, api, `cold-${at}`, `${WORKS}; return new Response('${at}')`)
    cold.push(await held(api, { target: `cold-${at}` }))
  }
  print('cold', cold)
  for (let at = 0; at < 20; at++) await one()
  const idle: Pair[] = []
  for (let at = 0; at < WARM; at++) idle.push(await one())
  print('warm, idle', idle)
  const busy: Pair[] = []
  const line = async (): Promise<void> => {
    while (busy.length < WARM) busy.push(await one())
  }
  await Promise.all(Array.from({ length: AT_ONCE }, line))
  print(`warm, ${AT_ONCE} at once`, busy)
  console.table(rows)
  expect(idle).toHaveLength(WARM)
})

async function caller(net: TestNetwork): Promise<PeerApi> {
  const trust = ['--volunteer', '--trust', await net.publisher('dev')]
  const bootstrap: string[] = []
  for (const roundTrip of ROUND_TRIPS) {
    const runner = await net.up(`runner-${roundTrip}`, trust)
    const proxy = await delayProxy(roundTrip)
    proxy.target(runner.port)
    onTestFinished(() => proxy.close())
    bootstrap.push('--bootstrap', `/ip4/127.0.0.1/tcp/${proxy.port}/p2p/${runner.status.peer}`)
  }
  const dev = await net.up('dev', bootstrap)
  const api = await connectControl(homePaths(dev.home).socket)
  if (api === undefined) throw new Error('the caller does not answer')
  onTestFinished(() => api.close())
  const measured = async (): Promise<number> => (await api.peers()).filter(({ rttMs }) => rttMs !== undefined).length
  await expect.poll(measured, { timeout: 20_000 }).toBe(ROUND_TRIPS.length)
  return api
}

async function deployed(net: TestNetwork, api: PeerApi, name: string, code: string): Promise<void> {
  const folder = join(net.folder, name)
  await mkdir(folder)
  const entry = join(folder, 'fn.ts')
  await writeFile(entry, `export default async () => { ${code}; return new Response() }`)
  await api.deploy({ entry, name })
}

/** A call, with what was predicted of who answered it, and what happened. */
async function held(api: PeerApi, params: CallParams): Promise<Pair> {
  const { route, peer, report, attempts } = await api.call(params)
  const predicted = route.candidates.find((candidate) => candidate.peer === peer)?.predicted
  const { metrics } = await report
  const took = attempts.find(({ outcome }) => outcome === 'answered')?.ms
  if (predicted === undefined || took === undefined) throw new Error('nothing was predicted of who answered')
  return { before: phasesPredicted(predicted), after: phasesSeen(metrics, took) }
}

function scored(name: string, pairs: Pair[]): Record<string, Row> {
  const phases = Object.keys(pairs[0]?.before ?? {}) as Phase[]
  return Object.fromEntries(
    phases.map((phase) => {
      const errors = pairs.map(({ before, after }) => Math.abs(before[phase] - after[phase]))
      const row: Row = {
        predicted: quantile(
          pairs.map(({ before }) => before[phase]),
          0.5,
        ),
        actual: quantile(
          pairs.map(({ after }) => after[phase]),
          0.5,
        ),
        'error, median': quantile(errors, 0.5),
        'error, p95': quantile(errors, 0.95),
      }
      return [`${name}: ${phase}`, row]
    }),
  )
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1))
}
