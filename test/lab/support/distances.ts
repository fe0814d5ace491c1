import { fileURLToPath } from 'node:url'
import type { CallParams, PeerApi } from '@hither/peer'
import { onTestFinished } from 'vitest'
import type { RunningPeer } from '../../../examples/demo/fn.ts'
import { testNetwork, type AtEnd, type TestNetwork } from '../../support/network.ts'
import { call, controlOf, type Answered } from './calls.ts'
import { lan, on, type Lan } from './lan.ts'
import { pace, repeat, seen } from './load.ts'

const ERRAND = fileURLToPath(new URL('../../handlers/errand.ts', import.meta.url))

/** Round trips to the runners, in ms: the next room, the same country, another continent. */
const DISTANCES = [2, 40, 160]

/** Where the caller lives; the runners live on hosts 1, 2, 3 and so on. */
export const CALLER = 7
export const NEAREST = 1

/** A host where nobody lives. */
export const FREE = 8

/** No call of the lab may take longer. */
export const DEADLINE_MS = 5_000

/** Calls of each case, so that one in five thousand shows. */
export const CALLS = 5_000

/** Of these none runs elsewhere before the next case begins. */
const CALM_CALLS = 20

/** Enough for every runner to be measured and the function to be warm on the nearest. */
const WARM_UP_CALLS = 40

/** Runners at different distances from a caller, on a host each. They know each other by mDNS alone. */
export interface Distances {
  net: TestNetwork
  lan: Lan
  /** Nearest first. */
  runners: RunningPeer[]
  /** The nearest's id. */
  nearest: string
  caller: PeerApi
  /** Calls the function `errand`. */
  call: (path?: string, options?: Pick<CallParams, 'method' | 'body' | 'prefer' | 'deadlineMs'>) => Promise<Answered>
  /** Calls a second that this machine carries. */
  rate: number
  /** Lets the lines be as they were, and waits until the nearest runs calls again. */
  calm: () => Promise<void>
}

export interface DistancesInit {
  /** Round trips to the runners, in ms, nearest first. */
  roundTrips?: number[]
  /** Of `fn up` on the runners. */
  args?: string[]
  atEnd?: AtEnd
}

export async function distances({
  roundTrips = DISTANCES,
  args = [],
  atEnd = onTestFinished,
}: DistancesInit = {}): Promise<Distances> {
  const net = await testNetwork(atEnd)
  const between = await lan(atEnd)
  const dev = await net.publisher('caller')
  const place = async (): Promise<void> => {
    for (const [i, ms] of roundTrips.entries()) await between.roundTrip(`${i + 1}-${CALLER}`, ms)
  }
  const start = async (host: number): Promise<RunningPeer> =>
    net.upOnLan(`runner${host}`, ['--volunteer', '--trust', dev, ...args], {
      ...on(host),
      env: { HITHER_LOG: 'info' },
    })
  await place()
  const [runners, home] = await Promise.all([
    Promise.all(roundTrips.map((_, i) => start(i + 1))),
    net.upOnLan('caller', [], on(CALLER)),
  ])
  const caller = await controlOf(home.home, atEnd)
  await seen(async () => {
    const measured = (await caller.peers()).filter(({ rttMs, state }) => rttMs !== undefined && state !== undefined)
    return measured.length === runners.length ? measured : undefined
  }, 60_000)
  await caller.deploy({ entry: ERRAND, name: 'errand' })
  const errand: Distances['call'] = (path = '/', more = {}) =>
    call(caller, { target: 'errand', path, deadlineMs: DEADLINE_MS, ...more })
  await repeat(WARM_UP_CALLS, 1, () => errand())
  const nearest = runners[0]?.status.peer ?? ''
  return {
    net,
    lan: between,
    runners,
    nearest,
    caller,
    call: errand,
    rate: await pace(() => errand()),
    calm: async () => {
      await between.reset()
      await place()
      await seen(async () => {
        const calls = await repeat(CALM_CALLS, 2, () => errand())
        return calls.every(({ peer }) => peer === nearest) || undefined
      }, 60_000)
    },
  }
}
