import { FETCHES_AT_ONCE_MAX } from '../../guest/wall/limits.ts'
import { FETCHES_PER_CALL_MAX } from './limits.ts'
import { Refused } from './policy.ts'

/** What a function's manifest lets each of its calls ask for. */
export interface Grant {
  egress: readonly string[]
  /** What all requests of the call may send together, and all responses bring, in bytes. */
  maxBytes: number
}

/** What one call has asked for so far. Each method throws `Refused` where that is too much. */
export class CallBudget {
  readonly grant: Grant
  /** Under way. */
  open = 0
  private begun = 0
  private sent = 0
  private received = 0

  constructor(grant: Grant) {
    this.grant = grant
  }

  begin(): void {
    this.begun += 1
    if (this.begun > FETCHES_PER_CALL_MAX)
      throw new Refused(`the call made more than ${FETCHES_PER_CALL_MAX} requests, redirects included`)
    if (this.open >= FETCHES_AT_ONCE_MAX)
      throw new Refused(`more than ${FETCHES_AT_ONCE_MAX} requests of the call are open at once`)
  }

  sends(bytes: number): void {
    this.sent += bytes
    if (this.sent > this.grant.maxBytes) throw new Refused(this.tooMuch('requests of the call send'))
  }

  receives(bytes: number): void {
    this.received += bytes
    if (this.received > this.grant.maxBytes) throw new Refused(this.tooMuch('responses to the call have'))
  }

  private tooMuch(what: string): string {
    return `the ${what} more than ${this.grant.maxBytes} bytes, which is the function's \`limits.bodyBytes\``
  }
}
