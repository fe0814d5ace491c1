import { fileURLToPath } from 'node:url'
import type { CallParams, PeerApi } from '@hither/peer'
import type { RunningPeer } from '../../../examples/demo/fn.ts'
import { testNetwork, type TestNetwork } from '../../support/network.ts'
import { call, controlOf, type Answered } from './calls.ts'
import { lan, on, type Lan } from './lan.ts'
import { repeat, seen } from './load.ts'

const ERRAND = fileURLToPath(new URL('../../handlers/errand.ts', import.meta.url))

/** Round trips to the runners, in ms: the next room, the same country, another continent. */
const DISTANCES = [2, 40, 160]

/** Where the caller lives; the runners live on hosts 1, 2 and 3. Host 5 is free. */
export const CALLER = 4
export const NEAREST = 1

/** Enough for every runner to be measured and the function to be warm on the nearest. */
const WARM_UP_CALLS = 40

/** Three runners at different distances from a caller, on a host each. They know each other by mDNS alone. */
export interface Distances {
  net: TestNetwork
  lan: Lan
  /** Nearest first. */
  runners: [RunningPeer, RunningPeer, RunningPeer]
  caller: PeerApi
  /** Calls the function `errand`. */
  call: (path?: string, options?: Pick<CallParams, 'method' | 'body'>) => Promise<Answered>
}

export async function distances(args: string[] = []): Promise<Distances> {
  const net = await testNetwork()
  const between = await lan()
  const dev = await net.publisher('caller')
  const start = async (i: number): Promise<RunningPeer> => {
    const host = i + 1
    await between.roundTrip(`${host}-${CALLER}`, DISTANCES[i] ?? 0)
    const options = { ...on(host), env: { HITHER_LOG: 'info' } }
    return net.upOnLan(`runner${host}`, ['--volunteer', '--trust', dev, ...args], options)
  }
  const [runners, home] = await Promise.all([
    Promise.all([start(0), start(1), start(2)]),
    net.upOnLan('caller', [], on(CALLER)),
  ])
  const caller = await controlOf(home.home)
  await seen(async () => {
    const measured = (await caller.peers()).filter(({ rttMs, state }) => rttMs !== undefined && state !== undefined)
    return measured.length === runners.length ? measured : undefined
  }, 20_000)
  await caller.deploy({ entry: ERRAND, name: 'errand' })
  const errand: Distances['call'] = (path = '/', more = {}) => call(caller, { target: 'errand', path, ...more })
  await repeat(WARM_UP_CALLS, 1, errand)
  return { net, lan: between, runners, caller, call: errand }
}
