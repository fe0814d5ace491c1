import type { Weights } from './weights.ts'

/** Who called what. */
interface Kind {
  caller: string
  key: string
}

/** What a process was sent and has not answered, by callers and functions: hundreds of calls may be under way, of few kinds. */
export class Ahead {
  private readonly weights: Weights
  private readonly counts = new Map<string, Map<string, number>>()

  constructor(weights: Weights) {
    this.weights = weights
  }

  /** The processor time that all of it is expected to take, in ms. */
  get ms(): number {
    let ms = 0
    for (const caller of this.counts.keys()) ms += this.msOf(caller)
    return ms
  }

  /** The same of one caller. */
  msOf(caller: string): number {
    let ms = 0
    for (const [key, count] of this.counts.get(caller) ?? []) ms += count * this.weights.meanMs(key)
    return ms
  }

  /** Is this true of any function that was called? */
  some(is: (key: string) => boolean): boolean {
    for (const keys of this.counts.values()) for (const key of keys.keys()) if (is(key)) return true
    return false
  }

  add({ caller, key }: Kind): void {
    let keys = this.counts.get(caller)
    if (keys === undefined) this.counts.set(caller, (keys = new Map()))
    keys.set(key, (keys.get(key) ?? 0) + 1)
  }

  remove({ caller, key }: Kind): void {
    const keys = this.counts.get(caller)
    const left = (keys?.get(key) ?? 0) - 1
    if (left > 0) keys?.set(key, left)
    else keys?.delete(key)
    if (keys?.size === 0) this.counts.delete(caller)
  }
}
