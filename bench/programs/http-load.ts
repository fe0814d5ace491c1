import { Exchange } from '../http/exchange.ts'
import type { HttpLoad, HttpLoaded } from '../http/load.ts'
import { quantile } from '../measure/numbers.ts'
import { serveTasks } from '../measure/tasks.ts'

/** A process that does nothing but ask over HTTP. */
serveTasks({ load })

async function load({ port, host, path, bodyBytes, connections, forMs, least = 0 }: HttpLoad): Promise<HttpLoaded> {
  const lines =
    bodyBytes === 0
      ? [`GET ${path} HTTP/1.1`, `host: ${host}`]
      : [`POST ${path} HTTP/1.1`, `host: ${host}`, 'content-type: text/plain', `content-length: ${bodyBytes}`]
  const request = Buffer.concat([Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), Buffer.alloc(bodyBytes, 'a')])
  const times: number[] = []
  let failed = 0
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const connection = async (): Promise<void> => {
    const exchange = new Exchange(port, request)
    for (let now = performance.now(); now - startedAt < forMs || times.length + failed < least;) {
      const before = now
      const status = await exchange.once()
      now = performance.now()
      if (status === 200) times.push(now - before)
      else failed++
    }
    exchange.close()
  }
  await Promise.all(Array.from({ length: connections }, connection))
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
