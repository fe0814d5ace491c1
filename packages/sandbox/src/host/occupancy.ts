import type { Clock } from '@hither/core'
import { Ahead } from './ahead.ts'
import { SETTLED_MS } from './limits.ts'
import type { Lane, Place } from './placement.ts'
import { Residents } from './residents.ts'
import type { SandboxInit } from './sandbox-init.ts'
import type { Ticket } from './ticket.ts'
import { Turns } from './turns.ts'
import type { Weight, Weights } from './weights.ts'

/** What has the room and the thread of one sandbox process, and so all that tells what a call would meet there. */
export class Occupancy implements Place {
  readonly residents: Residents
  readonly turns: Turns<Ticket>
  lane: Lane
  /** The turn at hand is longer than any of a light function. */
  stuck = false
  /** And it was seen to take the processor for it. */
  burns = false
  protected readonly now: Clock
  /** When the newest of its functions was sent. */
  protected loadedMs: number = -Infinity
  private readonly weights: Weights
  private readonly ahead: Ahead

  constructor({ lane, now, weights }: Pick<SandboxInit, 'lane' | 'now' | 'weights'>) {
    this.lane = lane
    this.now = now
    this.weights = weights
    this.ahead = new Ahead(weights)
    this.turns = new Turns<Ticket>(this.ahead)
    this.residents = new Residents(now)
  }

  get free(): boolean {
    return this.turns.free
  }

  get aheadMs(): number {
    return this.ahead.ms
  }

  aheadOfMs(caller: string): number {
    return this.ahead.msOf(caller)
  }

  get uncertain(): boolean {
    return this.stuck || this.ahead.uncertain || this.resumedIs('unknown') || this.resumedIs('heavy')
  }

  /** It burns, or is about to. */
  get burning(): boolean {
    return this.burns || (!this.stuck && (this.ahead.burns || this.resumedIs('heavy')))
  }

  isWarm(key: string): boolean {
    return this.residents.get(key) !== undefined
  }

  get full(): boolean {
    return this.residents.isFull(this.now())
  }

  get settled(): boolean {
    return this.now() - this.loadedMs >= SETTLED_MS
  }

  /** It needs no code for what this call is for. */
  hasCodeOf({ key, bundle }: Ticket): boolean {
    return this.isWarm(key) || this.residents.remembers(bundle)
  }

  hasOnly(key: string): boolean {
    return this.residents.count === 1 && this.isWarm(key)
  }

  /** Nothing is ahead here but the load of this very function, which no call has asked for. */
  expects(key: string): boolean {
    const { held, unanswered } = this.turns
    const resident = this.residents.get(key)
    if (this.stuck || resident?.fresh !== true || !resident.loading) return false
    return unanswered.length === 1 && held?.turn?.fn === resident.number
  }

  /** From now on nothing waits in it, and others of its cordon serve the light. */
  seize(): void {
    this.stuck = true
    this.lane = 'heavy'
  }

  /** The turn that lasted is over. */
  release(): void {
    this.stuck = false
    this.burns = false
  }

  /** Does a function have the thread that took it by itself, and of this weight? */
  private resumedIs(weight: Weight): boolean {
    const { resumed } = this.turns
    const resident = resumed === undefined ? undefined : this.residents.numberOf(resumed)
    return resident !== undefined && this.weights.weigh(resident.key) === weight
  }
}
