import type { RunMetrics } from '@hither/core'
import type { Dispatch } from './dispatch.ts'
import type { Lending } from './lending.ts'
import { PATIENT_MAX, QUEUED_SHARE } from './limits.ts'
import type { Ticket } from './ticket.ts'

/** What a call is taken to last before any ended, in ms, and the weight of the newest in the mean from then on. */
const FIRST_RUN_MS = 50
const RUN_GAIN = 0.1

export interface BacklogInit {
  dispatch: Dispatch
  lent: Readonly<Lending>
}

/** What waits at a runner: whether more may, and for how long. */
export class Backlog {
  private readonly init: BacklogInit
  private meanRunMs = FIRST_RUN_MS

  constructor(init: BacklogInit) {
    this.init = init
  }

  /** One has ended that was not cut short, which would say nothing of how long such calls last. */
  learn({ runMs }: RunMetrics): void {
    this.meanRunMs += RUN_GAIN * (runMs - this.meanRunMs)
  }

  /** It waits for a core, not for a slot. */
  isHeavy({ key }: Pick<Ticket, 'key'>): boolean {
    return this.init.dispatch.weights.weigh(key) === 'heavy'
  }

  /** Calls that wait for a core. */
  get heavy(): number {
    return this.init.dispatch.queue.sum((ticket) => (this.isHeavy(ticket) ? 1 : 0))
  }

  /** Whether all that wait, and so many more like this one, may. Those that wait for a core leave the slots to others. */
  hasRoom(like: Ticket, more = 0): boolean {
    const { dispatch, lent } = this.init
    if (like.waitMs > 0) return dispatch.queue.length + more <= PATIENT_MAX
    if (this.isHeavy(like)) return this.heavy + more <= lent.queue
    const { queue, concurrency, running } = dispatch
    const most = concurrency.slots + concurrency.queue
    if (running + queue.length + more <= most) return true
    // Who has nobody else to go to takes no place from those who have, nor gives them more.
    const patient = queue.sum(({ waitMs }) => (waitMs > 0 ? 1 : 0))
    return patient > 0 && running + queue.length - patient + more <= most
  }

  /** How long one waits for a slot at most, in ms. Who could go elsewhere does not until it is too late for anybody else. */
  patienceMs(ticket: Ticket): number {
    if (ticket.waitMs > 0) return ticket.waitMs
    return this.isHeavy(ticket) ? Infinity : ticket.wallMs * QUEUED_SHARE
  }

  /** When one that is refused now should find a place, in ms, if the calls to come are like those that came. */
  retryAfterMs(ticket: Ticket): number {
    const { lent, dispatch } = this.init
    const ownMs = dispatch.weights.meanMs(ticket.key)
    if (this.isHeavy(ticket)) return Math.ceil((ownMs * (this.heavy + 1)) / lent.cores)
    const slotMs = (this.meanRunMs * (dispatch.queue.length + 1)) / dispatch.concurrency.slots
    return Math.ceil(Math.max(slotMs, (dispatch.lightMs() + ownMs) / lent.cores))
  }

  /**
   * When one of so many at once as a cap allows should end, in ms: however many slots are free, no other place comes. What has lasted
   * long will last as long again, as far as anybody knows.
   */
  cappedMs(limit: number, { cordon, caller }: Ticket, others: Iterable<Ticket>): number {
    let youngestMs = Infinity
    for (const other of others) {
      if (other.cordon === cordon || other.caller === caller) youngestMs = Math.min(youngestMs, other.ageMs)
    }
    return Math.ceil(Math.max(this.meanRunMs, youngestMs) / limit)
  }

  /** How long one that waits for a core will, by what such calls took before. Others wait for slots, and nobody knows how long those are held. */
  forecastMs(ticket: Ticket): number {
    if (!this.isHeavy(ticket)) return 0
    const { queue, weights } = this.init.dispatch
    const ahead = queue.sum((other) => (other !== ticket && this.isHeavy(other) ? weights.meanMs(other.key) : 0))
    return ahead / this.init.lent.cores
  }
}
