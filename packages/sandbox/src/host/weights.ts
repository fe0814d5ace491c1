import { HEAVY_MS, WEIGHT_GAIN, WEIGHTS_MAX } from './limits.ts'

/** What a function was seen to burn per call. `unknown` until its first call ended or held the thread for long. */
export type Weight = 'light' | 'heavy' | 'unknown'

/** Remembers how much processor time functions take, beyond the life of their processes. */
export class Weights {
  private readonly means = new Map<string, number>()

  /** A call took this much processor time, or has so far. */
  observe(key: string, cpuMs: number): void {
    const before = this.means.get(key)
    const mean = before === undefined ? cpuMs : before + WEIGHT_GAIN * (cpuMs - before)
    // Set anew, so that the map stays in the order of use.
    this.means.delete(key)
    this.means.set(key, mean)
    if (this.means.size > WEIGHTS_MAX) this.forgetOldest()
  }

  /** It holds the thread right now, and has for long: no mean of the past excuses that. */
  stuck(key: string): void {
    if (this.weigh(key) !== 'heavy') this.means.delete(key)
    this.observe(key, HEAVY_MS)
  }

  /** The mean, in ms; 0 while unknown. */
  meanMs(key: string): number {
    return this.means.get(key) ?? 0
  }

  weigh(key: string): Weight {
    const mean = this.means.get(key)
    if (mean === undefined) return 'unknown'
    return mean >= HEAVY_MS ? 'heavy' : 'light'
  }

  private forgetOldest(): void {
    const { value } = this.means.keys().next()
    if (value !== undefined) this.means.delete(value)
  }
}
