import { randomBytes } from 'node:crypto'
import type { LogLine } from '@hither/core'
import {
  ERROR_MESSAGE_MAX_CHARS,
  ERROR_NAME_MAX_CHARS,
  ERROR_STACK_MAX_CHARS,
  LOG_CALL_MAX_LINES,
  LOG_LINE_MAX_CHARS,
  RANDOM_POOL_BYTES,
} from '../guest/wall/limits.ts'
import type { HostPort } from '../guest/wall/protocol.ts'
import type { Asks } from './guest-asks.ts'
import type { Inflow, Taken } from './guest-inflow.ts'
import { Outflow, type Verdict } from './guest-outflow.ts'

/** What the isolate said of a call, as it came: nothing in it is checked yet but the ids and flags. */
export type Message =
  | { type: 'answer'; id: number; background: boolean; status: unknown; headers: unknown; body: unknown }
  | {
      type: 'fail'
      id: number
      background: boolean
      failure: unknown
      error: Record<'name' | 'message' | 'stack', string>
    }
  | { type: 'finish'; id: number; background: boolean }
  | { type: 'over'; id: number }
  | { type: 'log'; level: LogLine['level']; text: string }

/** A call tells its end and then, at most, that it is over. More comes where user code got hold of the runtime. */
const TOLD_MAX = 2

/** Why there is nothing to be read of a request's body. */
const GONE = 'the call is over, and so is the body of its request'

/** Node fires a timer at once that is set for longer. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** What is said is not believed to have the types it should. */
type Untrusted<Port> = { [Exit in keyof Port]: (...args: unknown[]) => unknown }

/** A timer of the isolate that wants to fire. */
export interface Armed {
  ms: number
  owner: number
}

/** The bodies of a call that come and go piece by piece. */
export interface Flows {
  /** The longest answer, in bytes. */
  readonly maxBytes: number
  /** How often it said how it ended, or that it is over. */
  told: number
  in: Inflow | undefined
  out: Outflow | undefined
}

/**
 * Keeps what comes out of the isolate until the entry is over. So nothing happens in the middle of one: no error of ours
 * can travel inwards, and nobody enters a second time.
 */
export class Outbox {
  readonly #messages: Message[] = []
  readonly #asks: Asks
  #lines = 0
  armed: Armed | undefined
  /** The bodies of a call that has not ended. */
  flowsOf: (id: number) => Flows | undefined = () => undefined
  /** The calls with news of their bodies. */
  readonly flowing: Set<number> = new Set()

  constructor(asks: Asks) {
    this.#asks = asks
  }

  readonly port: Untrusted<HostPort> = {
    answer: (id, background, status, headers, body) => {
      this.#tell({ type: 'answer', id: idOf(id), background: background === true, status, headers, body })
    },
    begin: (id, status, headers) => {
      const flows = this.#flows(id)
      if (flows !== undefined) flows.out ??= new Outflow(status, headers, flows.maxBytes)
    },
    piece: (id, data): Verdict => this.#flows(id)?.out?.put(data) ?? 'over',
    finish: (id, background) => {
      this.#flows(id)?.out?.finish()
      this.#tell({ type: 'finish', id: idOf(id), background: background === true })
    },
    take: (id, all): Taken => this.#flows(id)?.in?.take(all === true) ?? GONE,
    leave: (id) => this.#flows(id)?.in?.close(GONE),
    fail: (id, background, failure, name, message, stack) => {
      const error = {
        name: asText(name, ERROR_NAME_MAX_CHARS),
        message: asText(message, ERROR_MESSAGE_MAX_CHARS),
        stack: asText(stack, ERROR_STACK_MAX_CHARS),
      }
      this.#tell({ type: 'fail', id: idOf(id), background: background === true, failure, error })
    },
    over: (id) => this.#tell({ type: 'over', id: idOf(id) }),
    arm: (ms, owner) => {
      this.armed =
        typeof ms === 'number' && ms >= 0 ? { ms: Math.min(ms, TIMER_MAX_MS), owner: idOf(owner) } : undefined
    },
    log: (level, text) => this.log(level, text),
    random: () => new Uint8Array(randomBytes(RANDOM_POOL_BYTES)).buffer,
    ask: (number, owner, service, text, ...buffers) => this.#asks.ask(number, owner, service, text, buffers),
  }

  #flows(id: unknown): Flows | undefined {
    const flows = this.flowsOf(idOf(id))
    if (flows !== undefined) this.flowing.add(idOf(id))
    return flows
  }

  #tell(message: Exclude<Message, { type: 'log' }>): void {
    const flows = this.flowsOf(message.id)
    if (flows === undefined || flows.told === TOLD_MAX) return
    flows.told += 1
    this.#messages.push(message)
  }

  log(level: unknown, text: unknown): void {
    this.#lines += 1
    // The runtime counts by call. More in one entry than a call may log: user code got hold of the runtime itself.
    if (this.#lines > LOG_CALL_MAX_LINES * 2) return
    this.#messages.push({ type: 'log', level: asLevel(level), text: asText(text, LOG_LINE_MAX_CHARS * 2) })
  }

  /** The oldest message, which is gone then. */
  next(): Message | undefined {
    const message = this.#messages.shift()
    if (message === undefined) this.#lines = 0
    return message
  }
}

/** Not `Number`, which throws for objects that have no value: anything that can be copied may be said. */
function idOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}

function asText(value: unknown, maxChars: number): string {
  return typeof value === 'string' ? value.slice(0, maxChars) : ''
}

function asLevel(value: unknown): LogLine['level'] {
  return value === 'debug' || value === 'warn' || value === 'error' ? value : 'info'
}
