import { HitherError } from '@hither/core'
import { noTimeLeft } from './errors.ts'
import type { Lending } from './lending.ts'
import { PROCESS_MB } from './limits.ts'
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
  lent: Readonly<Pick<Lending, 'cores'>>
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
    const { key, cordon, share, job } = ticket
    const { weights, pool, texts } = this.init
    const { cores } = this.init.lent
    const wish = {
      key,
      caller: job.caller,
      weight: weights.weigh(key),
      meanMs: weights.meanMs(key),
      waitedMs: ticket.waitedMs,
    }
    const lent = Math.min(cores, share.cores ?? cores)
    const room = { cores, lent, burning: wish.weight === 'heavy' ? pool.burning : 0 }
    const own = pool.of(cordon)
    const choice = place(wish, own, room)
    if (choice === 'wait') {
      const ofItsShare =
        lent < cores && place({ ...wish, waitedMs: Infinity }, own, { ...room, lent: cores }) !== 'wait'
      return ofItsShare ? 'else' : 'core'
    }
    const hasCode = 'place' in choice && choice.place.hasCodeOf(ticket)
    if (!hasCode && ticket.text === undefined && !texts.fetch(ticket)) return 'else'
    if ('place' in choice) return choice
    const processes = Math.max(1, Math.floor((share.memoryMb ?? Infinity) / PROCESS_MB))
    return own.length < processes && this.makeRoom(share.group) ? { start: choice.start } : 'else'
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
    if (!pool.ending) pool.idlest()?.kill()
    return false
  }
}
