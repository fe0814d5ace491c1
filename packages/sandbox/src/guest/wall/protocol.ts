/**
 * What crosses the wall between the isolate and its process: numbers, strings and ArrayBuffers, never objects, so that
 * neither side can be handed something alive. The process takes nothing of it on trust.
 */

/** Header pairs as one text of lines: name, value, name, value. No header can hold a line break. */
export type HeaderText = string

/**
 * How a call failed inside. `bad-request`: there is no Request like it. `bad-response`: what the handler returned is
 * none that can be sent. `too-large`: its body is over the limit. `threw`: the handler did.
 */
export type Failure = 'threw' | 'bad-request' | 'bad-response' | 'too-large'

/** What the isolate can do to its process. Each returns at once and never throws. */
export interface HostPort {
  /** `background`: promises given to `waitUntil` are still open, and `over` will follow. */
  answer(
    id: number,
    background: boolean,
    status: number,
    headers: HeaderText,
    body: string | ArrayBuffer | undefined,
  ): void
  fail(id: number, background: boolean, failure: Failure, name: string, message: string, stack: string): void
  /** Nothing of the call runs any longer. */
  over(id: number): void
  /** `fire` is wanted in `ms`, on account of the call `owner`. It replaces what was armed before; -1 disarms. */
  arm(ms: number, owner: number): void
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string): void
  /** RANDOM_POOL_BYTES of them. */
  random(): ArrayBuffer
}

/** What the process can do in the isolate. Each is one crossing; what it sets off is done when it returns. */
export interface GuestPort {
  /** Takes the handler from the entry module. False: a top-level await is still open. A text: why there is no handler. */
  adopt(entry: object): boolean | string
  invoke(
    id: number,
    method: string,
    url: string,
    headers: HeaderText,
    body: ArrayBuffer | undefined,
    bodyBytes: number,
  ): void
  /** Runs one timer that is due. */
  fire(): void
  /** Aborts `request.signal` of a call. */
  abort(id: number): void
  /** Forgets a call and its timers. */
  end(id: number): void
}

/** The runtime's one global, gone before user code runs. `env` is the variables' JSON. */
export type Boot = (host: HostPort, env: string) => GuestPort

/** The id under which loading is accounted. Calls have positive ones. */
export const LOADING = 0
