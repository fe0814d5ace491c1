import { randomBytes } from 'node:crypto'
import type { LogLine } from '@hither/core'
import { LOG_CALL_MAX_LINES, LOG_LINE_MAX_CHARS, RANDOM_POOL_BYTES } from '../guest/wall/limits.ts'
import type { HostPort } from '../guest/wall/protocol.ts'
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
  in: Inflow | undefined
  out: Outflow | undefined
}

/**
 * Keeps what comes out of the isolate until the entry is over. So nothing happens in the middle of one: no error of ours
 * can travel inwards, and nobody enters a second time.
 */
export class Outbox {
  readonly #messages: Message[] = []
  #lines = 0
  armed: Armed | undefined
  /** The bodies of a call that has not ended. */
  flowsOf: (id: number) => Flows | undefined = () => undefined
  /** The calls with news of their bodies. */
  readonly flowing: Set<number> = new Set()

  readonly port: Untrusted<HostPort> = {
    answer: (id, background, status, headers, body) => {
      this.#messages.push({ type: 'answer', id: Number(id), background: background === true, status, headers, body })
    },
    begin: (id, status, headers) => {
      const flows = this.#flows(id)
      if (flows !== undefined) flows.out ??= new Outflow(status, headers, flows.maxBytes)
    },
    piece: (id, data): Verdict => this.#flows(id)?.out?.put(data) ?? 'over',
    finish: (id, background) => {
      this.#flows(id)?.out?.finish()
      this.#messages.push({ type: 'finish', id: Number(id), background: background === true })
    },
    take: (id): Taken => this.#flows(id)?.in?.take() ?? GONE,
    leave: (id) => this.#flows(id)?.in?.close(GONE),
    fail: (id, background, failure, name, message, stack) => {
      const error = { name: asText(name), message: asText(message), stack: asText(stack) }
      this.#messages.push({ type: 'fail', id: Number(id), background: background === true, failure, error })
    },
    over: (id) => {
      this.#messages.push({ type: 'over', id: Number(id) })
    },
    arm: (ms, owner) => {
      this.armed =
        typeof ms === 'number' && ms >= 0 ? { ms: Math.min(ms, TIMER_MAX_MS), owner: Number(owner) } : undefined
    },
    log: (level, text) => this.log(level, text),
    random: () => new Uint8Array(randomBytes(RANDOM_POOL_BYTES)).buffer,
  }

  #flows(id: unknown): Flows | undefined {
    const flows = this.flowsOf(Number(id))
    if (flows !== undefined) this.flowing.add(Number(id))
    return flows
  }

  log(level: unknown, text: unknown): void {
    this.#lines += 1
    // The runtime counts by call. More in one entry than a call may log: user code got hold of the runtime itself.
    if (this.#lines > LOG_CALL_MAX_LINES * 2) return
    this.#messages.push({ type: 'log', level: asLevel(level), text: asText(text).slice(0, LOG_LINE_MAX_CHARS * 2) })
  }

  /** The oldest message, which is gone then. */
  next(): Message | undefined {
    const message = this.#messages.shift()
    if (message === undefined) this.#lines = 0
    return message
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function asLevel(value: unknown): LogLine['level'] {
  return value === 'debug' || value === 'warn' || value === 'error' ? value : 'info'
}
