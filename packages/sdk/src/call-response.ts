import type { Answer, CallInfo } from './carrier.ts'

/**
 * A web `Response` that knows the call behind it, in a field of its own: a WeakMap would keep all that is known of a call through
 * collections of young objects, whose response is long gone.
 */
export class CallResponse extends Response {
  readonly #answer: Answer<CallInfo>
  /** The net that it came from. */
  readonly #net: object

  /** Throws what `new Response` throws of this status, or these headers. */
  constructor(answer: Answer<CallInfo>, net: object, body: ConstructorParameters<typeof Response>[0]) {
    super(body, { status: answer.status, headers: answer.headers })
    this.#answer = answer
    this.#net = net
  }

  /** What a response of this net answers; undefined of one from elsewhere, of a clone, and of what is no response. */
  static answer(response: unknown, net: object): Answer<CallInfo> | undefined {
    if (typeof response !== 'object' || response === null || !(#net in response)) return undefined
    return response.#net === net ? response.#answer : undefined
  }
}
