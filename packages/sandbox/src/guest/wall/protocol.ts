/**
 * What crosses the wall between the isolate and its process: numbers, strings and ArrayBuffers, never objects, so that
 * neither side can be handed something alive. The process takes nothing of it on trust.
 */

/** Header pairs as one text of lines: name, value, name, value. No header can hold a line break. */
export type HeaderText = string

/**
 * How a call failed inside. `bad-request`: there is no Request like it. `bad-response`: what the handler returned is
 * none that can be sent. `threw`: the handler did, or what makes its answer's body.
 */
export type Failure = 'threw' | 'bad-request' | 'bad-response'

/**
 * The answer of a service: bytes; or a text after `=`; or, after `!`, the name of an error and, behind a line break, its
 * message. `TypeError` and `RangeError` are those, all other names are DOMExceptions'.
 */
export type Reply = string | ArrayBuffer

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
  /** Of an answer whose body follows in pieces, each of at most WHOLE_BYTES_MAX, or WHOLE_TEXT_MAX_CHARS. */
  begin(id: number, status: number, headers: HeaderText): void
  /** After `wait`, nothing until `resume`; after `over`, nothing more: the answer is longer than it may be, and fails. */
  piece(id: number, data: string | ArrayBuffer): 'more' | 'wait' | 'over'
  /** That was the last piece. `background` as with `answer`. */
  finish(id: number, background: boolean): void
  /**
   * The next piece of a streamed request; true at its end; false where `feed` will bring it; or why it was broken off. `all`: who reads
   * goes on until the end, so that pieces may wait for others to go with.
   */
  take(id: number, all: boolean): ArrayBuffer | boolean | string
  /** No more of the request is read. */
  leave(id: number): void
  /** Also after `begin`, instead of `finish`. */
  fail(id: number, background: boolean, failure: Failure, name: string, message: string, stack: string): void
  /** Nothing of the call runs any longer. */
  over(id: number): void
  /** `fire` is wanted in `ms`, on account of the call `owner`. It replaces what was armed before; -1 disarms. */
  arm(ms: number, owner: number): void
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string): void
  /** RANDOM_POOL_BYTES of them. */
  random(): ArrayBuffer
  /**
   * Asks a service of the process on account of the call `owner`. What is asked is a text and buffers, in the service's own
   * words. Undefined where `settle` will bring the answer, under the same number, which the isolate chooses.
   */
  ask(number: number, owner: number, service: string, text: string, ...buffers: ArrayBuffer[]): Reply | undefined
}

/** What the process can do in the isolate. Each is one crossing; what it sets off is done when it returns. */
export interface GuestPort {
  /** The isolate gets a function: before anything of a user's, with the JSON of its variables. */
  start(env: string): void
  /** Takes the handler from the entry module. False: a top-level await is still open. A text: why there is no handler. */
  adopt(entry: object): boolean | string
  invoke(
    id: number,
    method: string,
    url: string,
    headers: HeaderText,
    /** True where it comes piece by piece. */
    body: ArrayBuffer | true | undefined,
  ): void
  /** Brings what `take` had to wait for. */
  feed(id: number, taken: ArrayBuffer | true | string): void
  /** More of an answer may come. */
  resume(id: number): void
  /** Runs one timer that is due. */
  fire(): void
  /** Brings the answer to an ask that had to wait for it. */
  settle(number: number, reply: Reply): void
  /** Aborts `request.signal` of a call. */
  abort(id: number): void
  /** Forgets a call and its timers. */
  end(id: number): void
}

/** The runtime's one global, gone before user code runs. Booting may be long before there is a function. */
export type Boot = (host: HostPort) => GuestPort

/** The id under which loading is accounted. Calls have positive ones. */
export const LOADING = 0
