import type { Clock, PeerId } from '@hither/core'
import { KEYED_MAX } from '../limits/calls.ts'
import { REPLAY_MS } from '../limits/serving.ts'

/**
 * Where calls with an idempotency key went. Whether one of them ran is known to its runner alone, so that a repetition may go nowhere
 * else for as long as runners keep outcomes.
 */
export interface KeyedCalls {
  /** Who alone may have a call with this key; undefined where none was sent, or too long ago. */
  runnerOf(key: string): PeerId | undefined
  /**
   * Resolves when calls with this key bind others to their runner for good, or no more: whether they ran there, or were all refused.
   * Undefined where that is known.
   */
  decided(key: string): Promise<void> | undefined
  /** One is sent, and is over by `endsAt` whatever becomes of the link. To be called with its end: whether its handler may have run. */
  sent(key: string, runner: PeerId, endsAt: number): (mayHaveRun: boolean) => void
}

export function keyedCalls(now: Clock): KeyedCalls {
  return new Remembered(now)
}

interface Home {
  runner: PeerId
  underWay: number
  /** Its runner may keep an outcome until then. */
  keptUntil: number
  /** What others wait for, if any do. */
  decided?: PromiseWithResolvers<void>
}

class Remembered implements KeyedCalls {
  private readonly now: Clock
  /** Whose key was used last is last. */
  private readonly homes = new Map<string, Home>()

  constructor(now: Clock) {
    this.now = now
  }

  runnerOf(key: string): PeerId | undefined {
    const home = this.homes.get(key)
    return home !== undefined && this.counts(home) ? home.runner : undefined
  }

  decided(key: string): Promise<void> | undefined {
    const home = this.homes.get(key)
    if (home === undefined || home.underWay === 0 || this.isKept(home)) return undefined
    home.decided ??= Promise.withResolvers()
    return home.decided.promise
  }

  sent(key: string, runner: PeerId, endsAt: number): (mayHaveRun: boolean) => void {
    const before = this.homes.get(key)
    const home: Home = before?.runner === runner ? before : { runner, underWay: 0, keptUntil: -Infinity }
    home.underWay += 1
    this.homes.delete(key)
    this.homes.set(key, home)
    this.makeRoom()
    return (mayHaveRun) => {
      home.underWay -= 1
      if (mayHaveRun) home.keptUntil = Math.max(home.keptUntil, endsAt + REPLAY_MS)
      if (!mayHaveRun && home.underWay > 0) return
      home.decided?.resolve()
      delete home.decided
    }
  }

  private counts(home: Home): boolean {
    return home.underWay > 0 || this.isKept(home)
  }

  private isKept({ keptUntil }: Home): boolean {
    return keptUntil > this.now()
  }

  private makeRoom(): void {
    for (const [key, home] of this.homes) {
      if (this.homes.size <= KEYED_MAX && this.counts(home)) return
      this.homes.delete(key)
    }
  }
}
