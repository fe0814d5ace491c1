import { HitherError, toHitherError } from '@hither/core'
import { TEXTS_MAX } from './limits.ts'
import type { Ticket } from './ticket.ts'

export interface TextsInit {
  /** The text of its function cannot be had. */
  onFailed(ticket: Ticket, error: HitherError): void
  /** A text is there, or is not to be had, or nobody needs it any more: what waits for one may go on. */
  onChange(): void
}

/** The texts of bundles that calls need where their function is not warm: asked for once, and not kept for many that wait. */
export class Texts {
  private readonly init: TextsInit
  /** Functions whose text is being asked for, and the call that asks. */
  private readonly fetching = new Map<string, Ticket>()
  /** Calls that have their function's text and no process yet, the oldest first. */
  private readonly held = new Set<Ticket>()

  constructor(init: TextsInit) {
    this.init = init
  }

  /** One call asks for the text; the others of its function find it warm then, or ask in their turn. Has it its text now? */
  fetch(ticket: Ticket): boolean {
    // One that is over would be told so at once, and ask again for that, without end.
    if (ticket.over || this.fetching.has(ticket.key) || !this.mayFetch(ticket)) return false
    const code = codeOf(ticket)
    if (typeof code !== 'string') {
      this.wait(ticket, code)
      return false
    }
    ticket.outcome.whenOver(() => this.placed(ticket))
    this.keep(ticket, code)
    return ticket.text !== undefined
  }

  /** It has a process, or needs none. */
  placed(ticket: Ticket): void {
    this.held.delete(ticket)
  }

  private wait(ticket: Ticket, code: Promise<string>): void {
    this.fetching.set(ticket.key, ticket)
    const fetched = (): void => {
      if (this.fetching.get(ticket.key) !== ticket) return
      this.fetching.delete(ticket.key)
      this.init.onChange()
    }
    // However long it takes to come: nobody needs it any more.
    ticket.outcome.whenOver(() => {
      fetched()
      this.placed(ticket)
    })
    code
      .then(
        (text) => this.keep(ticket, text),
        (error: unknown) => this.init.onFailed(ticket, toHitherError(error)),
      )
      .finally(fetched)
  }

  /** Nobody has more than half of the places that are left: who comes next finds one, however slow those before. */
  private mayFetch({ cordon }: Ticket): boolean {
    return countOf(this.fetching.values(), cordon) < TEXTS_MAX - this.fetching.size
  }

  private keep(ticket: Ticket, text: string): void {
    if (ticket.over) return
    ticket.text = text
    this.held.add(ticket)
    if (this.held.size <= TEXTS_MAX) return
    const surplus = this.surplus()
    this.held.delete(surplus)
    delete surplus.text
  }

  /** The oldest of whoever has most: who floods pushes out none but its own. */
  private surplus(): Ticket {
    const [first, ...others] = this.held
    if (first === undefined) throw new HitherError('internal', 'nothing is held')
    return others.reduce(
      (most, one) => (countOf(this.held, one.cordon) > countOf(this.held, most.cordon) ? one : most),
      first,
    )
  }
}

/** What throws at once fails no sooner than what fails later: a call that is about to be placed is not over meanwhile. */
function codeOf({ job }: Ticket): string | Promise<string> {
  try {
    return job.code()
  } catch (error) {
    return Promise.reject(toHitherError(error))
  }
}

function countOf(tickets: Iterable<Ticket>, cordon: string): number {
  let count = 0
  for (const ticket of tickets) if (ticket.cordon === cordon) count += 1
  return count
}
