import type { HitherError } from '@hither/core'
import type { Backlog } from './backlog.ts'
import { Deadlines } from './deadlines.ts'
import type { Dispatch } from './dispatch.ts'
import { busy, noPlace, noTime } from './errors.ts'
import type { Ticket } from './ticket.ts'
import type { Timers } from './timers.ts'

export interface EntranceInit {
  dispatch: Dispatch
  backlog: Backlog
  timers: Timers
}

/** Lets calls in: they begin, wait, or are refused for want of a place. */
export class Entrance {
  private readonly init: EntranceInit
  /** What waits for a slot, until that has lasted for too long. */
  private readonly waiting: Deadlines<Ticket>

  constructor(init: EntranceInit) {
    this.init = init
    this.waiting = new Deadlines(init.timers, (ticket) => this.tire(ticket))
  }

  /**
   * What `admit` would find in the end, at once: a flood of calls that are refused must leave time to run the others. Of this caller
   * one of the same function waits already, nobody waits with more, and there is no place: it would be the one to go.
   */
  fullFor({ job, path, waitMs }: Ticket): HitherError | undefined {
    const { dispatch, backlog } = this.init
    if (dispatch.queue.length === 0 || waitMs > 0) return undefined
    const waiting = dispatch.queue.longest(path)
    const first = waiting?.find((ticket) => ticket.job.cid.equals(job.cid) && ticket.job.profile === job.profile)
    if (first === undefined || backlog.hasRoom(first, 1)) return undefined
    return busy(backlog.retryAfterMs(first))
  }

  admit(ticket: Ticket): void {
    const { dispatch, backlog } = this.init
    const { queue } = dispatch
    dispatch.offer(ticket)
    if (ticket.over || queue.length === 0) return
    const waitMs = backlog.forecastMs(ticket)
    if (waitMs > ticket.wallMs && queue.remove(ticket)) return ticket.fail(noTime(waitMs, ticket.wallMs))
    if (!backlog.hasRoom(ticket)) {
      const longest = queue.surplus(ticket)
      // A line of those who have nobody else to go to is long because it may be.
      const surplus = longest.waitMs > ticket.waitMs ? ticket : longest
      if (queue.remove(surplus)) surplus.fail(busy(backlog.retryAfterMs(surplus)))
    }
    const mostMs = backlog.patienceMs(ticket)
    if (mostMs < ticket.wallMs && queue.waits(ticket))
      this.waiting.add(ticket, ticket.deadlineMs - ticket.wallMs + mostMs)
  }

  /** It is over. */
  forget(ticket: Ticket): void {
    this.waiting.delete(ticket)
  }

  /** It waited for a slot as long as it may. */
  private tire(ticket: Ticket): void {
    const { dispatch, backlog } = this.init
    const waitedMs = Math.min(backlog.patienceMs(ticket), ticket.wallMs)
    if (dispatch.queue.remove(ticket)) ticket.fail(noPlace(waitedMs, backlog.retryAfterMs(ticket)))
  }
}
