import { toHitherError, type HitherError } from '@hither/core'
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

  /** One call asks for the text; the others of its function find it warm then, or ask in their turn. */
  fetch(ticket: Ticket): void {
    if (this.fetching.has(ticket.key) || this.fetching.size >= TEXTS_MAX) return
    this.fetching.set(ticket.key, ticket)
    const fetched = (): void => {
      if (this.fetching.get(ticket.key) !== ticket) return
      this.fetching.delete(ticket.key)
      this.init.onChange()
    }
    // However long it takes to come: nobody needs it any more.
    ticket.outcome.whenOver(() => {
      fetched()
      this.held.delete(ticket)
    })
    ticket.job
      .code()
      .then(
        (text) => this.keep(ticket, text),
        (error: unknown) => this.init.onFailed(ticket, toHitherError(error)),
      )
      .finally(fetched)
  }

  /** It has a process. */
  placed(ticket: Ticket): void {
    this.held.delete(ticket)
  }

  private keep(ticket: Ticket, text: string): void {
    if (ticket.settled) return
    ticket.text = text
    this.held.add(ticket)
    const [oldest] = this.held
    if (oldest === undefined || this.held.size <= TEXTS_MAX) return
    this.held.delete(oldest)
    delete oldest.text
  }
}
