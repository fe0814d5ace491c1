import { HitherError } from '@hither/core'
import { noTimeLeft } from './errors.ts'
import type { Lending } from './lending.ts'
import { mayGrow, processesOf } from './growth.ts'
import { place, type Choice } from './placement.ts'
import type { Pool } from './pool.ts'
import type { Sandbox } from './sandbox.ts'
import type { Texts } from './texts.ts'
import type { Ticket } from './ticket.ts'
import type { Weights } from './weights.ts'

/** Where a call goes: to a process that is there and the lane it serves from now on, or to a new one. */
export type Berth = Exclude<Choice<Sandbox>, 'wait'>

/** What a call whose turn it is waits for all the same: a core, or what more cores would not help. */
export type Wait = 'core' | 'else'

/** What becomes of a call whose turn it is. */
export type Turn = Berth | Wait | { refuse: HitherError }

/** It leaves the queue; what it was told stands. */
const OVER: Turn = { refuse: new HitherError('internal', 'the call is over') }

export interface BerthsInit {
  lent: Readonly<Pick<Lending, 'cores' | 'memoryMb'>>
  pool: Pool
  weights: Weights
  texts: Texts
  /** What light calls that wait are expected to take of a core, in ms. */
  lightMs: () => number
}

/** Finds calls their places, as things stand, and sets off what there must be before: the bundle's text, room for a process. */
export class Berths {
  private readonly init: BerthsInit

  constructor(init: BerthsInit) {
    this.init = init
  }

  /** Of one that has waited: what its owner said meanwhile holds for it too, and its time may be too short by now. */
  turnOf(ticket: Ticket): Turn {
    if (ticket.over) return OVER
    const refuse = ticket.renew() ?? this.tooLate(ticket)
    return refuse === undefined ? this.find(ticket) : { refuse }
  }

  find(ticket: Ticket): Berth | Wait {
    const { cordon, share } = ticket
    const { pool, texts, lent } = this.init
    const choice = this.choose(ticket)
    if (choice === 'wait') {
      const hasFewer = (share.cores ?? Infinity) < lent.cores
      return hasFewer && this.choose(ticket, Infinity, lent.cores) !== 'wait' ? 'else' : 'core'
    }
    const hasCode = 'place' in choice && choice.place.hasCodeOf(ticket)
    if (!hasCode && ticket.text === undefined && !texts.fetch(ticket)) return 'else'
    if ('place' in choice) return choice
    return pool.of(cordon).length < processesOf(share) && this.makeRoom(share.group) ? choice : 'else'
  }

  /** Where it would go, had it waited for so long and its cordon so many of the cores. */
  choose(
    ticket: Ticket,
    waitedMs: number = ticket.waitedMs,
    most: number = ticket.share.cores ?? Infinity,
  ): Choice<Sandbox> {
    const { key, cordon, share, caller } = ticket
    const { weights, pool, lent } = this.init
    const own = pool.of(cordon)
    const weight = weights.weigh(key)
    return place({ key, caller, weight, meanMs: weights.meanMs(key), waitedMs }, own, {
      cores: lent.cores,
      lent: Math.min(lent.cores, most),
      burning: weight === 'heavy' ? pool.burning : 0,
      mayGrow: () => mayGrow(own, share, pool, lent.memoryMb),
    })
  }

  /** It waited for so long that it would be ended before its end. One that came with too little time is taken at its word. */
  private tooLate({ key, wallMs, leftMs }: Ticket): HitherError | undefined {
    const { weights, lent, lightMs } = this.init
    const meanMs = weights.meanMs(key)
    if (leftMs >= meanMs || wallMs <= meanMs) return undefined
    return noTimeLeft(meanMs, leftMs, lightMs() / lent.cores)
  }

  /** A process of another cordon goes where there are too many. */
  private makeRoom(group: string): boolean {
    const { pool } = this.init
    if (pool.hasRoom(group)) return true
    // The end of one that is going already calls for another try.
    if (!pool.ending) pool.makeRoom()
    return false
  }
}
