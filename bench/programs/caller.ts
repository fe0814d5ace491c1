import type { Net, PeerCallInfo } from 'hither'
import { echoConnection, longLivedEcho, longLivedRelay, newStreamEcho } from '../../packages/net/test/helpers/echo.ts'
import { load, type Load } from '../measure/load.ts'
import { serveTasks } from '../measure/tasks.ts'
import { keptAlive, product, type ProductAt } from './support/ways.ts'

/** The near side of calls: an app that calls functions, or one of what that is compared with. */

export type Way = 'hither' | 'long-lived stream' | 'new stream' | 'relay' | 'node:http'

/** What hither calls: these functions, from so many peers in this process. */
export interface Product extends ProductAt {
  fns: string[]
  callers?: number
  /** Notes of each call who answered it, and among whom they were chosen. */
  notes?: boolean
}

/** What was noted since somebody asked last. */
export interface Noted {
  /** Calls by the peer that answered. */
  answered: Record<string, number>
  /** Runners among which the last call could choose. */
  candidates: number
}

export type Reaching =
  | ({ way: 'hither' } & Product)
  | { way: 'long-lived stream' | 'new stream'; libp2p: string }
  | { way: 'relay'; relay: string }
  | { way: 'node:http'; http: number }

export interface Burst {
  concurrency: number
  forMs: number
  enough?: number
  /** Only so many of the functions, in turns. */
  fns?: number
}

type Call = (fns?: number) => Promise<unknown>

let call: Call | undefined
let noted: Noted = { answered: {}, candidates: 0 }

async function reaching(to: Reaching): Promise<Call> {
  if (to.way === 'node:http') return keptAlive(to.http)
  if (to.way === 'hither') return taking(to)
  if (to.way === 'relay') return longLivedRelay(await echoConnection(to.relay))
  const connection = await echoConnection(to.libp2p)
  return to.way === 'new stream' ? newStreamEcho(connection) : longLivedEcho(connection)
}

/** Caller after caller, and function after function. */
async function taking({ callers: count = 1, fns, notes = false, ...at }: Product): Promise<Call> {
  const callers: Net<PeerCallInfo>[] = []
  for (let one = 0; one < count; one++) {
    const net = await product(at)
    await small(net, fns[0] ?? '', notes)
    callers.push(net)
  }
  let turn = 0
  return (among = fns.length) => {
    const net = callers[turn % count]
    const fn = fns[turn % among]
    turn++
    if (net === undefined || fn === undefined) throw new Error('there is no such caller or function')
    return small(net, fn, notes)
  }
}

async function small(net: Net<PeerCallInfo>, fn: string, notes: boolean): Promise<string> {
  const response = await net.fetch(fn)
  if (response.status !== 200) throw new Error(`status ${response.status}`)
  if (notes) note(net.info(response))
  return response.text()
}

function note({ peer, route }: PeerCallInfo): void {
  noted.answered[peer] = (noted.answered[peer] ?? 0) + 1
  noted.candidates = route.candidates.length
}

serveTasks({
  async reach(to: Reaching) {
    call = await reaching(to)
    await call()
  },
  burst({ fns, ...loaded }: Burst): Promise<Load> {
    const made = call
    if (made === undefined) throw new Error('reach something first')
    return load({ ...loaded, call: () => made(fns) })
  },
  noted(): Noted {
    const found = noted
    noted = { answered: {}, candidates: 0 }
    return found
  },
})
