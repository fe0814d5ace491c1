/**
 * Everything that can go wrong between peers, as one closed list. The *code* crosses the wire, never the class, so a
 * peer of another version can always be understood. `status` is what an HTTP gateway answers. `retry` says where a call may go next:
 * - `elsewhere`: nothing ran, and another peer may well say yes;
 * - `repeatable`: the handler may have run, so only a call that may be repeated goes to another peer;
 * - `never`: it would end the same way everywhere.
 */
export const ERRORS = {
  // Refusals: the runner says no before anything has run.
  busy: { status: 503, retry: 'elsewhere' }, // every slot and queue place is taken
  draining: { status: 503, retry: 'elsewhere' }, // the runner is shutting down
  'not-volunteering': { status: 503, retry: 'elsewhere' }, // its owner's policy forbids work now, or it is no runner
  'not-admitted': { status: 403, retry: 'elsewhere' }, // it does not run code of this publisher
  'unknown-function': { status: 404, retry: 'elsewhere' }, // it can find no manifest or bundle for the CID, or its publisher removed it
  'runner-fault': { status: 503, retry: 'elsewhere' }, // its own machine fails it: the disk, the processes
  'secret-missing': { status: 503, retry: 'elsewhere' }, // it does not have the secrets that the function needs
  unsupported: { status: 501, retry: 'elsewhere' }, // the manifest needs what its jail cannot grant

  // Finding a runner.
  'no-runner': { status: 503, retry: 'never' }, // nobody took the call; `data.tried` says who said what
  'peer-unreachable': { status: 503, retry: 'elsewhere' }, // no connection, or it broke before the call was sent
  'wrong-network': { status: 503, retry: 'elsewhere' }, // something answers there, but not as peers of this network do
  'link-lost': { status: 502, retry: 'repeatable' }, // it broke after: whether the handler ran is not known
  interrupted: { status: 503, retry: 'repeatable' }, // the runner's owner took the machine back while the call ran
  'bad-answer': { status: 502, retry: 'repeatable' }, // the answer breaks the protocol or does not match its receipt
  'bad-message': { status: 400, retry: 'never' }, // what was sent cannot be read
  timeout: { status: 504, retry: 'never' }, // the deadline passed
  cancelled: { status: 499, retry: 'never' }, // the caller gave up

  'already-ran': { status: 409, retry: 'repeatable' }, // under its idempotency key; but its answer was not kept

  // Running.
  'handler-failed': { status: 500, retry: 'never' }, // the handler threw
  'handler-bad-response': { status: 500, retry: 'never' }, // it returned something that is no Response
  'handler-invalid': { status: 500, retry: 'never' }, // the bundle does not load, or exports no handler
  'limit-memory': { status: 500, retry: 'never' }, // over its memory limit
  'limit-cpu': { status: 500, retry: 'never' }, // over its CPU limit
  'sandbox-crashed': { status: 500, retry: 'repeatable' }, // its process died, through it or through a neighbour's fault
  'too-large': { status: 413, retry: 'never' }, // a body, header or bundle is over its limit
  'result-too-large': { status: 502, retry: 'never' }, // the handler's answer is

  // Names and functions.
  'unknown-receipt': { status: 404, retry: 'never' }, // no receipt of that call is kept here
  'unknown-call': { status: 404, retry: 'never' }, // nothing of how that call went is kept here
  'unknown-name': { status: 404, retry: 'never' },
  'bad-name': { status: 400, retry: 'never' }, // not a name, publisher or CID at all
  'bad-record': { status: 400, retry: 'never' }, // malformed, or its signature does not hold
  'stale-record': { status: 409, retry: 'never' }, // a newer one is known
  'forked-record': { status: 409, retry: 'never' }, // the publisher signed two records with one sequence
  'bad-manifest': { status: 400, retry: 'never' },

  // HTTP in front of a peer.
  'wrong-host': { status: 421, retry: 'never' }, // asked under a name that is not this machine's
  'cross-site': { status: 403, retry: 'never' }, // a page of another origin asks what is for this machine's user only

  // Blocks.
  'bad-block': { status: 502, retry: 'never' }, // the bytes do not hash to the CID
  'store-full': { status: 507, retry: 'never' },

  // This machine.
  'build-failed': { status: 400, retry: 'never' },
  'bad-config': { status: 500, retry: 'never' },
  'bad-key': { status: 500, retry: 'never' },
  'bad-invitation': { status: 400, retry: 'never' }, // to a closed network: cut short, mistyped, or of another version
  'port-in-use': { status: 500, retry: 'never' },
  'already-running': { status: 409, retry: 'never' },
  usage: { status: 400, retry: 'never' }, // the command or option does not exist or lacks something
  internal: { status: 500, retry: 'never' }, // a bug in hither
} as const

export type ErrorCode = keyof typeof ERRORS
export type Retry = (typeof ERRORS)[ErrorCode]['retry']

/** One part of an error's message on the wire. A long stack of refusals fits; a book does not. */
export const ERROR_TEXT_MAX_CHARS = 8192

/** The three parts of every message, and what a program may want to read. */
export interface ErrorInit {
  /** Why it happened, if the message does not say. */
  why?: string
  /** What to do about it. */
  fix?: string
  /** Machine-readable facts; must survive CBOR and JSON. */
  data?: Record<string, unknown>
  cause?: unknown
}

/** An error as it crosses the wire. */
export interface WireError {
  code: string
  message: string
  why?: string
  fix?: string
  data?: Record<string, unknown>
}

export class HitherError extends Error {
  readonly code: ErrorCode
  readonly why?: string
  readonly fix?: string
  readonly data?: Record<string, unknown>

  constructor(code: ErrorCode, message: string, init: ErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.code = code
    this.name = errorName(code)
    if (init.why !== undefined) this.why = init.why
    if (init.fix !== undefined) this.fix = init.fix
    if (init.data !== undefined) this.data = init.data
  }

  get retry(): Retry {
    return ERRORS[this.code].retry
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  /** Cropped to what every reader accepts. */
  toWire(): WireError {
    return {
      code: this.code,
      message: this.message.slice(0, ERROR_TEXT_MAX_CHARS),
      ...(this.why !== undefined && { why: this.why.slice(0, ERROR_TEXT_MAX_CHARS) }),
      ...(this.fix !== undefined && { fix: this.fix.slice(0, ERROR_TEXT_MAX_CHARS) }),
      ...(this.data !== undefined && { data: this.data }),
    }
  }
}

/** `no-runner` → `NoRunner`: the name users see and tests ask for. */
export function errorName(code: ErrorCode): string {
  return code.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code)
}

/** A code we do not know comes from a newer peer: keep its words under `bad-answer`, the careful reading. */
export function fromWire(wire: WireError): HitherError {
  if (isErrorCode(wire.code)) return new HitherError(wire.code, wire.message, wire)
  return new HitherError('bad-answer', wire.message, { why: `the peer answered with the code "${wire.code}"` })
}

/** Whatever was thrown, as a HitherError: what is not one yet is a bug of ours, or a cancelled signal. */
export function toHitherError(thrown: unknown): HitherError {
  if (thrown instanceof HitherError) return thrown
  if (thrown instanceof Error && thrown.name === 'TimeoutError') {
    return new HitherError('timeout', 'the deadline passed', { cause: thrown })
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new HitherError('cancelled', 'the call was cancelled', { cause: thrown })
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new HitherError('internal', message, { cause: thrown })
}
