import { queuePlaces, type Clock } from '@hither/core'
import type { Lending } from './lending.ts'
import {
  BACKLOG_MS,
  QUEUE_MIN,
  SLOTS_LEAST_BESIDE,
  SLOTS_LEAST_PER_CORE,
  SLOTS_MOVE,
  SLOTS_REST_MS,
  SLOTS_STEP_MS,
} from './limits.ts'

export interface ConcurrencyInit {
  lent: Readonly<Pick<Lending, 'cores' | 'slots' | 'queue'>>
  now: Clock
  /** Calls that have a slot. None of them waits for a core: they have one, or wait for something else. */
  running: () => number
}

/**
 * How many calls a runner takes at once: as many as are lent while its calls wait for something else, fewer while they wait for a core,
 * for then more of them only wait longer. A queue that drains says nothing, so of each step the least that waited counts.
 */
export class Concurrency {
  private readonly init: ConcurrencyInit
  /** Infinity while nothing says that what is lent is too many. */
  private limit = Infinity
  // Of the step under way: since when, what waits now and the least that did, in ms for each core; answers.
  private from: number
  private waitMs = 0
  private leastMs = 0
  private answers = 0
  private usedMs: number

  constructor(init: ConcurrencyInit) {
    this.init = init
    this.from = init.now()
    this.usedMs = this.from
  }

  /** Calls at once. */
  get slots(): number {
    this.advance()
    return this.bounded
  }

  /** Calls that may wait beside them. */
  get queue(): number {
    const { slots, queue } = this.init.lent
    const now = this.slots
    return now < slots ? Math.min(queue, Math.max(QUEUE_MIN, queuePlaces(now))) : queue
  }

  /** Calls that wait for a core, and for nothing else, are expected to take so much processor time in all, in ms. */
  waits(workMs: number): void {
    this.advance()
    this.waitMs = workMs / Math.max(1, this.init.lent.cores)
    this.leastMs = Math.min(this.leastMs, this.waitMs)
  }

  answered(): void {
    this.usedMs = this.advance()
    this.answers += 1
  }

  private get least(): number {
    return SLOTS_LEAST_PER_CORE * this.init.lent.cores + SLOTS_LEAST_BESIDE
  }

  private get bounded(): number {
    // Whatever else it falls to, who comes next finds a place beside those that only hold theirs.
    return Math.min(this.init.lent.slots, Math.max(this.init.running() + this.least, this.limit))
  }

  /** Ends a step that is over. Nothing was seen for the rest of a longer time, which is not counted. */
  private advance(): number {
    const now = this.init.now()
    if (now - this.from < SLOTS_STEP_MS) return now
    const before = this.bounded
    if (this.leastMs > BACKLOG_MS) this.limit = Math.max(this.least, Math.floor(before * (1 - SLOTS_MOVE)))
    else if (now - this.usedMs > SLOTS_REST_MS) this.limit = Infinity
    else this.limit += Math.min(Math.ceil(before * SLOTS_MOVE), this.answers)
    if (this.limit >= this.init.lent.slots) this.limit = Infinity
    this.from = now
    this.leastMs = this.waitMs
    this.answers = 0
    return now
  }
}
