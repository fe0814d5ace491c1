import type { Answer, CallInfo } from './carrier.ts'

/** An answer without its body: the response has a copy, and the other would live as long. */
type KnownOfCall = Pick<Answer<CallInfo>, 'info' | 'ended'>

/**
 * A web `Response` that knows the call behind it, in a field of its own: a WeakMap would keep all that is known of a call through
 * collections of young objects, whose response is long gone.
 */
export class CallResponse extends Response {
  readonly #known: KnownOfCall
  /** The net that it came from. */
  readonly #net: object

  /** Throws what `new Response` throws of this status, or these headers. */
  constructor(answer: Answer<CallInfo>, net: object, body: ConstructorParameters<typeof Response>[0]) {
    super(body, { status: answer.status, headers: answer.headers })
    this.#known = { info: answer.info, ended: answer.ended }
    this.#net = net
  }

  /** What is known behind a response of this net; undefined of one from elsewhere, of a clone, and of what is no response. */
  static known(response: unknown, net: object): KnownOfCall | undefined {
    if (typeof response !== 'object' || response === null || !(#net in response)) return undefined
    return response.#net === net ? response.#known : undefined
  }
}
