import type { WireError } from '@hither/core'
import type { GuestCall, GuestEvents, GuestLimits, GuestOutcome } from './guest.ts'
import { headOf } from './guest-answer.ts'
import { tooLarge, unreadableBody } from './guest-errors.ts'
import { Inflow } from './guest-inflow.ts'
import type { Flows } from './guest-outbox.ts'
import type { Outflow } from './guest-outflow.ts'

/** The calls of the isolate together: what is done to one of them takes a turn in it. */
export interface CallOwner {
  cancel(call: IsolateCall): void
  /** Brings the handler what it waits for. What it does not wait for stays with the call. */
  feed(call: IsolateCall): void
  grant(call: IsolateCall, bytes: number): void
}

/** One call of an isolate: its bodies, and who is told what becomes of it. */
export class IsolateCall implements Flows, GuestCall {
  readonly id: number
  readonly limits: GuestLimits
  readonly maxBytes: number
  told = 0;
  in: Inflow | undefined
  out: Outflow | undefined
  cpuMs = 0
  /** Something of it runs in the isolate, or may. */
  runs = false
  /** Ends what it may still do for `waitUntil`. */
  grace: NodeJS.Timeout | undefined
  readonly #owner: CallOwner
  #events: GuestEvents | undefined
  #goesOn: GuestEvents | undefined

  constructor(id: number, limits: GuestLimits, events: GuestEvents, owner: CallOwner) {
    this.id = id
    this.limits = limits
    this.maxBytes = limits.bodyBytes
    this.#events = events
    this.#owner = owner
  }

  cancel(): void {
    this.#owner.cancel(this)
  }

  feed(piece: Uint8Array): void {
    this.in?.put(piece)
    this.#owner.feed(this)
  }

  finish(failure?: string): void {
    this.in?.finish(failure)
    this.#owner.feed(this)
  }

  grant(bytes: number): void {
    this.#owner.grant(this, bytes)
  }

  /** What becomes of it is still to be told. */
  get open(): boolean {
    return this.#events !== undefined
  }

  /** Something is to come from outside: of a request that the handler reads, or room for its answer. */
  get expects(): boolean {
    return this.in?.asked === true || this.out?.waits === true
  }

  stream(): void {
    this.in = new Inflow()
  }

  settle(outcome: GuestOutcome): void {
    const events = this.#events
    this.#events = undefined
    this.in = undefined
    this.out = undefined
    if (this.runs) this.#goesOn = events
    events?.done(outcome, this.runs)
  }

  /** Nothing of it runs any longer. */
  end(): void {
    this.runs = false
    clearTimeout(this.grace)
    this.#goesOn?.over()
    this.#goesOn = undefined
  }

  /** Hands on what there is of its bodies. Where the answer is none that can be sent, it is settled, and this is false. */
  flow(): boolean {
    const events = this.#events
    const news = this.in?.news()
    if (news !== undefined && news.wanted > 0) events?.want(news.wanted)
    if (news?.left === true) events?.leave()
    if (this.out === undefined || events === undefined) return true
    const error = this.#begin(this.out, events)
    if (error !== undefined) this.settle({ error })
    this.#send()
    return error === undefined
  }

  /** There is room for more of the answer. True where the isolate waits for that. */
  allow(bytes: number): boolean {
    this.out?.grant(bytes)
    this.#send()
    return this.out?.goesOn() === true
  }

  /** Begins an answer, or settles it where it is here whole; or says why it can be none. */
  #begin(out: Outflow, events: GuestEvents): WireError | undefined {
    if (out.over) return tooLarge('answer', this.maxBytes)
    if (out.broken) return unreadableBody()
    if (out.begun) return undefined
    const head = headOf(out.status, out.headers)
    if ('error' in head) return head.error
    const body = out.whole()
    out.begun = true
    if (body === undefined) events.begin(head)
    else this.settle({ response: { ...head, body } })
    return undefined
  }

  #send(): void {
    const { out } = this
    for (const piece of out?.sendable() ?? []) this.#events?.piece(piece)
    if (out?.finished === true) this.settle({ streamed: true })
  }
}
