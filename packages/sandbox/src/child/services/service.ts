/** What an isolate asked. Nothing of it is checked but the types. */
export interface Ask {
  readonly text: string
  readonly buffers: readonly ArrayBuffer[]
  /** The call that asks, as the isolate numbers them. */
  readonly call: number
  /** Aborted when the call ends, or the isolate: nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** A text, or bytes that are handed over: they must lie alone in their buffer. */
export type Answer = string | Uint8Array<ArrayBuffer>

/** Something that the process does for one isolate. What it holds for it is bounded, and goes with `close`. */
export interface Service {
  /** Throws and rejects with a `ServiceError`; anything else is an error of ours, of which the isolate learns nothing. */
  answer(ask: Ask): Answer | Promise<Answer>
  /** A call is over, and what is held for it goes. */
  end?(call: number): void
  close(): void
}

/** An error as the isolate is to see it: a TypeError, a RangeError, or a DOMException of this name. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}
