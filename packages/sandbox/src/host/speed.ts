import type { Clock } from '@hither/core'
import {
  SPEED_DOUBT_STEPS,
  SPEED_GAIN_MIN,
  SPEED_GAP_MS,
  SPEED_PATIENCE,
  SPEED_ROUNDS,
  SPEED_SETTLED_GAP_MS,
  SPEED_STEPS,
  SPEED_USUAL_MS,
} from './limits.ts'

export interface SpeedInit {
  now: Clock
  /** How long one piece of work took, in ms. */
  pieceMs?: () => number
  /** Lets others have the thread. */
  turn?: () => Promise<unknown>
}

/**
 * How many times quicker this machine is than a usual one: a hint for callers who have not called here yet. What else runs on a machine only ever
 * makes it look slower, up to twice for as long as its other threads burn, so a measure is the best of many short pieces of work, in rounds that
 * are far apart, and nothing is said before there were enough of them: least of all while a peer starts. It has no timer: it is measured when
 * somebody asks, in turns of the thread that nobody is kept waiting for.
 */
export class Speed {
  private readonly now: Clock
  private readonly pieceMs: () => number
  private readonly turn: () => Promise<unknown>
  /** The quickest pieces of the latest rounds. */
  private readonly rounds: number[] = []
  private measuring = false
  private dueAt: number | undefined
  /** In powers of two, of which each is so many steps. */
  private steps: number | undefined

  constructor({ now, pieceMs = workOnce, turn = nextTurn }: SpeedInit) {
    this.now = now
    this.pieceMs = pieceMs
    this.turn = turn
  }

  /** Undefined where it is about as quick, or not known yet. Where the runner is idle it may measure anew. */
  say(idle: boolean): number | undefined {
    if (idle && !this.measuring) {
      const now = this.now()
      this.dueAt ??= now + SPEED_GAP_MS
      if (now >= this.dueAt) void this.measure()
    }
    return this.steps === undefined || this.steps === 0 ? undefined : 2 ** (this.steps / SPEED_STEPS)
  }

  private async measure(): Promise<void> {
    this.measuring = true
    const best = await this.round()
    if (best > 0) this.rounds.push(best)
    if (this.rounds.length > SPEED_ROUNDS) this.rounds.shift()
    const settled = this.rounds.length === SPEED_ROUNDS
    if (settled) this.settle(SPEED_STEPS * Math.log2(SPEED_USUAL_MS / Math.min(...this.rounds)))
    this.dueAt = this.now() + (settled ? SPEED_SETTLED_GAP_MS : SPEED_GAP_MS)
    this.measuring = false
  }

  /** Goes on for as long as there is something to be gained: V8 takes some pieces until it has compiled what they do. */
  private async round(): Promise<number> {
    let best = this.pieceMs()
    let inVain = 0
    while (inVain < SPEED_PATIENCE) {
      await this.turn()
      const took = this.pieceMs()
      inVain = took < best * (1 - SPEED_GAIN_MIN) ? 0 : inVain + 1
      best = Math.min(best, took)
    }
    return best
  }

  /** What lies at the border of two steps stays with what was said. */
  private settle(exact: number): void {
    if (this.steps === undefined || Math.abs(exact - this.steps) > SPEED_DOUBT_STEPS) this.steps = Math.round(exact)
  }
}

/**
 * The time of a fixed piece of work such as handlers do: numbers, texts and maps; in ms. By the clock, for many kernels count a thread's own time in
 * ticks of some ms; it is over before the machine is given to another, nearly always.
 */
function workOnce(): number {
  const before = performance.now()
  const counts = new Map<string, number>()
  let hash = 1
  for (let i = 0; i < 3000; i++) {
    hash = (Math.imul(hash, 31) + i) | 0
    const key = `k${hash & 255}`
    counts.set(key, (counts.get(key) ?? 0) + key.length)
  }
  return counts.size > 0 ? performance.now() - before : 0
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
