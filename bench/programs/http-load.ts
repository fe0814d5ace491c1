import { answered, Connections } from '../http/connections.ts'
import type { Exchange } from '../http/exchange.ts'
import type { HttpAsking, HttpLoad, HttpLoaded } from '../http/load.ts'
import { quantile } from '../measure/numbers.ts'
import { serveTasks } from '../measure/tasks.ts'

/** A process that does nothing but ask over HTTP. */

const connections = new Connections()

serveTasks({
  /** Opens the connections of a load, or sees that they are still open. Gives how many answers to that failed. */
  ready: (asking: HttpAsking): Promise<number> => connections.ready(asking),
  load,
  close: (): void => connections.close(),
})

async function load({ forMs, least = 0, ...asking }: HttpLoad): Promise<HttpLoaded> {
  const exchanges = connections.to(asking)
  const times: number[] = []
  let failed = 0
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const place = async (exchange: Exchange): Promise<void> => {
    for (let now = performance.now(); now - startedAt < forMs || times.length + failed < least;) {
      const before = now
      const right = await answered(exchange, asking)
      now = performance.now()
      if (right) times.push(now - before)
      else failed++
    }
  }
  await Promise.all(exchanges.map(place))
  const tookMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return {
    answers: times.length,
    failed,
    perSecond: (1000 * times.length) / tookMs,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpuUs: (user + system) / Math.max(1, times.length),
  }
}
