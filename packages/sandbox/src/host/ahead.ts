import type { Weights } from './weights.ts'

/** Who called what. */
interface Kind {
  caller: string
  key: string
}

interface Counted extends Kind {
  count: number
}

/** What a process was sent and has not answered, by callers and functions: hundreds of calls may be under way, of few kinds. */
export class Ahead {
  private readonly weights: Weights
  private readonly kinds: Counted[] = []

  constructor(weights: Weights) {
    this.weights = weights
  }

  /** The processor time that all of it is expected to take, in ms. */
  get ms(): number {
    let ms = 0
    for (const { key, count } of this.kinds) ms += count * this.weights.meanMs(key)
    return ms
  }

  /** The same of one caller. */
  msOf(caller: string): number {
    let ms = 0
    for (const kind of this.kinds) if (kind.caller === caller) ms += kind.count * this.weights.meanMs(kind.key)
    return ms
  }

  /** Is there any that is not known to be light? */
  get uncertain(): boolean {
    for (const { key } of this.kinds) if (this.weights.weigh(key) !== 'light') return true
    return false
  }

  get burns(): boolean {
    for (const { key } of this.kinds) if (this.weights.weigh(key) === 'heavy') return true
    return false
  }

  add({ caller, key }: Kind): void {
    const index = this.indexOf(caller, key)
    const known = this.kinds[index]
    if (known === undefined) this.kinds.push({ caller, key, count: 1 })
    else known.count += 1
  }

  remove({ caller, key }: Kind): void {
    const index = this.indexOf(caller, key)
    const known = this.kinds[index]
    if (known === undefined) return
    known.count -= 1
    if (known.count > 0) return
    const last = this.kinds.pop()
    if (last !== undefined && last !== known) this.kinds[index] = last
  }

  private indexOf(caller: string, key: string): number {
    for (let i = 0; i < this.kinds.length; i += 1) {
      const kind = this.kinds[i]
      if (kind?.key === key && kind.caller === caller) return i
    }
    return -1
  }
}
