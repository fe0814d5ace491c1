import { quantile, sum } from './numbers.ts'

/** What so many calls at once did. Times in ms. */
export interface Load {
  p50: number
  p99: number
  perSecond: number
  calls: number
  failed: number
  /** Processor time of this process, in µs for each call. */
  cpuUs: number
  /** What the first failure said. */
  failure?: string
}

export interface LoadInit {
  call: () => Promise<unknown>
  /** Calls in flight at any time. */
  concurrency: number
  /** For so long; calls that are under way then are finished, and count. */
  forMs: number
  /** Fewer, where so many were answered before. */
  enough?: number
}

/** A closed loop: each place makes its next call when its last one was answered. */
export async function load({ call, concurrency, forMs, enough = Infinity }: LoadInit): Promise<Load> {
  const times: number[] = []
  let failed = 0
  let failure: string | undefined
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const place = async (): Promise<void> => {
    let now = performance.now()
    while (now - startedAt < forMs && times.length < enough) {
      const before = now
      try {
        await call()
        now = performance.now()
        times.push(now - before)
      } catch (thrown) {
        now = performance.now()
        failed++
        failure ??= String(thrown)
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, place))
  const tookMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    perSecond: (1000 * times.length) / tookMs,
    calls: times.length,
    failed,
    cpuUs: (user + system) / Math.max(1, times.length + failed),
    ...(failure !== undefined && { failure }),
  }
}

/** How many calls of all rounds failed, and what the first of them said. */
export function failuresOf(rounds: readonly { failed: number; failure?: string }[]): { failed: number; said: string } {
  const failure = rounds.find((one) => one.failure !== undefined)?.failure
  return {
    failed: sum(rounds.map(({ failed }) => failed)),
    said: failure === undefined ? '' : `, the first: ${failure}`,
  }
}
