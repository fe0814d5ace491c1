import { HEAVY_MS, WEIGHT_GAIN, WEIGHTS_MAX } from './limits.ts'

/** What a function was seen to burn per call. `unknown` until its first call ended or held the thread for long. */
export type Weight = 'light' | 'heavy' | 'unknown'

interface Mean {
  ms: number
}

/** Remembers how much processor time functions take, beyond the life of their processes. */
export class Weights {
  /** In the order of use. */
  private readonly means = new Map<string, Mean>()
  private newest: string | undefined

  /** A call took this much processor time, or has so far. */
  observe(key: string, cpuMs: number): void {
    const mean = this.means.get(key)
    if (mean === undefined) return this.renew(key, { ms: cpuMs })
    mean.ms += WEIGHT_GAIN * (cpuMs - mean.ms)
    if (this.newest !== key) this.renew(key, mean)
  }

  /** It holds the thread right now, and has for long: no mean of the past excuses that. */
  stuck(key: string): void {
    if (this.weigh(key) !== 'heavy') this.renew(key, { ms: HEAVY_MS })
    else this.observe(key, HEAVY_MS)
  }

  /** The mean, in ms; 0 while unknown. */
  meanMs(key: string): number {
    return this.means.get(key)?.ms ?? 0
  }

  weigh(key: string): Weight {
    const mean = this.means.get(key)
    if (mean === undefined) return 'unknown'
    return mean.ms >= HEAVY_MS ? 'heavy' : 'light'
  }

  private renew(key: string, mean: Mean): void {
    this.means.delete(key)
    this.means.set(key, mean)
    this.newest = key
    const [oldest] = this.means.size > WEIGHTS_MAX ? this.means.keys() : []
    if (oldest !== undefined) this.means.delete(oldest)
  }
}
