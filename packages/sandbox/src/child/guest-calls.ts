import ivm from 'isolated-vm'
import type { GuestCall, GuestInit, GuestLimits, GuestOutcome, GuestRequest } from './guest.ts'
import { brokenHeader, outcomeOfAnswer, outcomeOfFailure, textOfHeaders } from './guest-answer.ts'
import type { Breakage, Cell } from './guest-cell.ts'
import {
  badRequest,
  cancelled,
  collateral,
  fileOf,
  neverAnswers,
  overCpu,
  overMemory,
  titleOf,
  userErrorOf,
} from './guest-errors.ts'
import { BACKGROUND_MAX_MS, HEAD_SHOWN_MAX_CHARS } from '../guest/wall/limits.ts'
import type { Armed, Message } from './guest-outbox.ts'

/** The calls of one isolate, from their request to the last that runs on their account. */
export interface Calls {
  invoke(request: GuestRequest, limits: GuestLimits, done: (outcome: GuestOutcome) => void): GuestCall
  readonly pending: number
  readonly usable: boolean
  /** Ends all calls for this reason. */
  stop(why: string): void
}

export type CallsInit = Pick<GuestInit, 'name' | 'memoryMb' | 'onLog' | 'onTurn'>

export function makeCalls(cell: Cell, init: CallsInit): Calls {
  return new IsolateCalls(cell, init)
}

interface Call {
  readonly id: number
  readonly limits: GuestLimits
  /** Undefined once it was called. */
  done: ((outcome: GuestOutcome) => void) | undefined
  cpuMs: number
  /** Ends what it may still do for `waitUntil`. */
  grace?: NodeJS.Timeout
}

class IsolateCalls implements Calls {
  readonly #cell: Cell
  readonly #init: CallsInit
  readonly #file: string
  readonly #calls = new Map<number, Call>()
  #lastId = 0
  #usable = true
  #broken: { culprit: Call; how: Breakage } | undefined
  #delivering = false
  #armed: Armed | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(cell: Cell, init: CallsInit) {
    this.#cell = cell
    this.#init = init
    this.#file = fileOf(init.name)
    this.#deliver()
  }

  get pending(): number {
    return [...this.#calls.values()].filter((call) => call.done !== undefined).length
  }

  get usable(): boolean {
    return this.#usable
  }

  invoke(request: GuestRequest, limits: GuestLimits, done: (outcome: GuestOutcome) => void): GuestCall {
    const call: Call = { id: ++this.#lastId, limits, done, cpuMs: 0 }
    if (!this.#usable) {
      this.#settle(call, { error: collateral('it was broken before by another call of the function') })
      return { cancel() {} }
    }
    const { method, url } = request
    const broken = brokenHeader(request.headers)
    if (broken !== undefined) {
      const name = JSON.stringify(broken.slice(0, HEAD_SHOWN_MAX_CHARS))
      this.#settle(call, { error: badRequest(`its header ${name} has a line break in it`) })
      return { cancel() {} }
    }
    const headers = textOfHeaders(request.headers)
    this.#calls.set(call.id, call)
    this.#enter(call, this.#cell.entries.invoke, [call.id, method, url, headers, bodyOf(request), limits.bodyBytes])
    return { cancel: () => this.#cancel(call) }
  }

  stop(why: string): void {
    this.#usable = false
    clearTimeout(this.#timer)
    const calls = [...this.#calls.values()]
    for (const call of calls) this.#forget(call)
    for (const call of calls) this.#settle(call, { error: collateral(why) })
  }

  /** All that a call sets in motion runs here, or later from a timer: then, too, on its account. */
  #enter(call: Call, entry: ivm.Reference, args: unknown[]): void {
    const { broke, thrown, cpuMs } = this.#cell.enter(call.limits.cpuMs - call.cpuMs, (timeout) => {
      entry.applySync(undefined, args, { timeout })
    })
    call.cpuMs += cpuMs
    if (thrown !== undefined) {
      const error = userErrorOf(thrown.error, this.#file)
      this.#cell.outbox.log('error', ['unhandled rejection:', titleOf(error), error.stack].join(' ').trim())
    }
    if (broke !== undefined && this.#usable) {
      this.#usable = false
      this.#broken = { culprit: call, how: broke }
    }
    this.#deliver()
  }

  /** Hands on what came out. A `done` may call `invoke`: what that brings out is handed on here too, in its turn. */
  #deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    try {
      for (let message = this.#cell.outbox.next(); message !== undefined; message = this.#cell.outbox.next()) {
        this.#handle(message)
      }
    } finally {
      this.#delivering = false
    }
    if (this.#broken === undefined) this.#arm()
    else this.#break(this.#broken.culprit, this.#broken.how)
  }

  #handle(message: Message): void {
    if (message.type === 'log') {
      this.#init.onLog({ level: message.level, text: message.text })
      return
    }
    const call = this.#calls.get(message.id)
    if (call === undefined) return
    if (message.type === 'over' || !message.background) this.#forget(call)
    else this.#leave(call)
    if (message.type === 'answer') this.#settle(call, outcomeOfAnswer(message, call.limits))
    if (message.type === 'fail') this.#settle(call, outcomeOfFailure(message, call.limits, this.#file))
  }

  /** Keeps one timer of the process for the next of the isolate. */
  #arm(): void {
    if (!this.#usable) return
    const { armed } = this.#cell.outbox
    if (armed !== this.#armed) {
      clearTimeout(this.#timer)
      this.#armed = armed
      if (armed !== undefined) this.#timer = setTimeout(() => this.#fire(armed), armed.ms)
    }
    if (armed === undefined && this.#calls.size > 0) this.#giveUp()
  }

  /** Whatever the calls still wait for, nobody is left to bring it. */
  #giveUp(): void {
    this.#delivering = true
    try {
      for (const call of Array.from(this.#calls.values())) {
        this.#settle(call, { error: neverAnswers() })
        this.#end(call)
      }
    } finally {
      this.#delivering = false
    }
    this.#deliver()
  }

  #fire({ owner }: Armed): void {
    const { outbox, entries } = this.#cell
    outbox.armed = undefined
    const call = this.#calls.get(owner)
    if (call === undefined) {
      this.#deliver()
      return
    }
    this.#init.onTurn?.()
    this.#enter(call, entries.fire, [])
  }

  #cancel(call: Call): void {
    if (call.done === undefined) return
    this.#settle(call, { error: cancelled() })
    if (!this.#usable) return
    this.#leave(call)
    this.#enter(call, this.#cell.entries.abort, [call.id])
  }

  /** It has answered; what it may still do is bounded. */
  #leave(call: Call): void {
    call.grace ??= setTimeout(() => {
      this.#init.onTurn?.()
      this.#end(call)
    }, BACKGROUND_MAX_MS)
  }

  #end(call: Call): void {
    if (!this.#calls.has(call.id) || !this.#usable) return
    this.#forget(call)
    this.#enter(call, this.#cell.entries.end, [call.id])
  }

  #forget(call: Call): void {
    clearTimeout(call.grace)
    this.#calls.delete(call.id)
  }

  #settle(call: Call, outcome: GuestOutcome): void {
    const { done } = call
    call.done = undefined
    done?.(outcome)
  }

  #break(culprit: Call, how: Breakage): void {
    if (how === 'cpu') this.#settle(culprit, { error: overCpu(culprit.limits.cpuMs) })
    if (how === 'memory') this.#settle(culprit, { error: overMemory(this.#init.memoryMb) })
    this.stop(`another call of the function was over its limit (${how})`)
  }
}

/** Of its own, so that it can be moved instead of copied twice; none where there is nothing in it. */
function bodyOf({ body }: GuestRequest): ivm.Copy<ArrayBuffer> | undefined {
  if (body.length === 0) return undefined
  const { buffer } = body.slice()
  return new ivm.ExternalCopy(buffer, { transferOut: true }).copyInto({ release: true, transferIn: true })
}
