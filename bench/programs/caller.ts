import { echoConnection, longLivedEcho, newStreamEcho } from '../../packages/net/test/helpers/echo.ts'
import { load, type Load } from '../measure/load.ts'
import { serveTasks } from '../measure/tasks.ts'
import { keptAlive, product, type ProductAt } from './support/ways.ts'

/** The near side of calls: an app that calls functions, or one of what that is compared with. */

export type Way = 'hither' | 'long-lived stream' | 'new stream' | 'node:http'

export interface Reaching extends ProductAt {
  way: Way
  fn: string
  libp2p: string
  http: number
}

export interface Burst {
  concurrency: number
  forMs: number
}

let call: (() => Promise<unknown>) | undefined

async function waysOf({ way, fn, libp2p, http, ...at }: Reaching): Promise<() => Promise<unknown>> {
  if (way === 'node:http') return keptAlive(http)
  if (way === 'long-lived stream') return longLivedEcho(await echoConnection(libp2p))
  if (way === 'new stream') return newStreamEcho(await echoConnection(libp2p))
  const net = await product(at)
  return async () => {
    const response = await net.fetch(fn)
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return response.text()
  }
}

serveTasks({
  async reach(to: Reaching) {
    call = await waysOf(to)
    await call()
  },
  burst({ concurrency, forMs }: Burst): Promise<Load> {
    if (call === undefined) throw new Error('reach something first')
    return load({ call, concurrency, forMs })
  },
})
