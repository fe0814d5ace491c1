import type { Net } from 'hither'
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
  /** Only so many of the callers and of the functions, in turns. */
  callers?: number
  fns?: number
}

type Call = (callers?: number, fns?: number) => Promise<unknown>

let call: Call | undefined

async function reaching(to: Reaching): Promise<Call> {
  if (to.way === 'node:http') return keptAlive(to.http)
  if (to.way === 'hither') return taking(to)
  if (to.way === 'relay') return longLivedRelay(await echoConnection(to.relay))
  const connection = await echoConnection(to.libp2p)
  return to.way === 'new stream' ? newStreamEcho(connection) : longLivedEcho(connection)
}

/** Caller after caller, and function after function. */
async function taking({ callers: count = 1, fns, ...at }: Product): Promise<Call> {
  const callers: Net[] = []
  for (let one = 0; one < count; one++) {
    const net = await product(at)
    await small(net, fns[0] ?? '')
    callers.push(net)
  }
  let turn = 0
  return (amongCallers = callers.length, amongFns = fns.length) => {
    const net = callers[turn % amongCallers]
    const fn = fns[turn % amongFns]
    turn++
    if (net === undefined || fn === undefined) throw new Error('there is no such caller or function')
    return small(net, fn)
  }
}

async function small(net: Net, fn: string): Promise<string> {
  const response = await net.fetch(fn)
  if (response.status !== 200) throw new Error(`status ${response.status}`)
  return response.text()
}

serveTasks({
  async reach(to: Reaching) {
    call = await reaching(to)
    await call()
  },
  burst({ callers, fns, ...loaded }: Burst): Promise<Load> {
    const made = call
    if (made === undefined) throw new Error('reach something first')
    return load({ ...loaded, call: () => made(callers, fns) })
  },
})
