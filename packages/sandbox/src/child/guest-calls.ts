import { FleetingMap } from '@hither/core'
import type ivm from 'isolated-vm'
import type { GuestCall, GuestEvents, GuestInit, GuestLimits, GuestRequest } from './guest.ts'
import { outcomeOfAnswer, outcomeOfFailure, textOfHeaders } from './guest-answer.ts'
import type { Reply } from './guest-asks.ts'
import type { Breakage, Cell } from './guest-cell.ts'
import {
  badRequest,
  cancelled,
  collateral,
  fileOf,
  neverAnswers,
  neverEnds,
  overCpu,
  overMemory,
  starved,
  titleOf,
  userErrorOf,
} from './guest-errors.ts'
import { Background } from './guest-background.ts'
import { IsolateCall, type CallOwner } from './guest-call.ts'
import { movedIn } from './guest-inflow.ts'
import { HEAD_SHOWN_MAX_CHARS } from '../guest/wall/limits.ts'
import type { Armed, Message } from './guest-outbox.ts'
import { GuestTimer } from './guest-timer.ts'

/** The calls of one isolate, from their request to the last that runs on their account. */
export interface Calls {
  invoke(request: GuestRequest, limits: GuestLimits, events: GuestEvents): GuestCall
  readonly pending: number
  readonly usable: boolean
  /** Ends all calls for this reason. */
  stop(why: string): void
}

export type CallsInit = Pick<GuestInit, 'name' | 'memoryMb' | 'onLog' | 'onTurn'>

export function makeCalls(cell: Cell, init: CallsInit): Calls {
  return new IsolateCalls(cell, init)
}

class IsolateCalls implements Calls, CallOwner {
  readonly #cell: Cell
  readonly #init: CallsInit
  readonly #file: string
  readonly #calls = new FleetingMap<number, IsolateCall>()
  readonly #background: Background
  #usable = true
  #broken: { culprit: IsolateCall; how: Breakage } | undefined
  #delivering = false
  readonly #timer: GuestTimer = new GuestTimer((armed) => this.#fire(armed))

  constructor(cell: Cell, init: CallsInit) {
    this.#cell = cell
    this.#init = init
    this.#file = fileOf(init.name)
    this.#background = new Background({
      warn: (text) => cell.outbox.log('warn', text),
      end: (call, late) => {
        if (late) init.onTurn?.()
        this.#end(call)
      },
    })
    cell.outbox.flowsOf = (id) => this.#calls.get(id)
    cell.asks.onReply = (owner, number, reply) => this.#settle(owner, number, reply)
    this.#deliver()
  }

  get pending(): number {
    return [...this.#calls.values()].filter(({ open }) => open).length
  }

  get usable(): boolean {
    return this.#usable
  }

  invoke(request: GuestRequest, limits: GuestLimits, events: GuestEvents): GuestCall {
    const call = new IsolateCall(request.id, limits, events, this)
    const { method, url, headers, body } = request
    const lines = textOfHeaders(headers)
    if (!this.#usable) {
      call.settle({ error: collateral('it was broken before by another call of the function') })
    } else if ('broken' in lines) {
      const name = JSON.stringify(lines.broken.slice(0, HEAD_SHOWN_MAX_CHARS))
      call.settle({ error: badRequest(`its header ${name} has a line break in it`) })
    } else {
      this.#calls.set(call.id, call)
      call.runs = true
      this.#cell.asks.open(call.id)
      if (body === 'streams') call.stream()
      const args = [call.id, method, url, lines.text, body === 'streams' ? true : movedIn(body)]
      this.#enter(call, this.#cell.entries.invoke, args)
    }
    return call
  }

  stop(why: string): void {
    this.#usable = false
    this.#timer.stop()
    const calls = [...this.#calls.values()]
    for (const call of calls) this.#forget(call)
    for (const call of calls) call.settle({ error: collateral(why) })
  }

  /** All that a call sets in motion runs here, or later from a timer: then, too, on its account. */
  #enter(call: IsolateCall, entry: ivm.Reference, args: unknown[]): void {
    const { limits } = call
    const { broke, thrown, cpuMs } = this.#cell.enter(limits.cpuMs - call.cpuMs, limits.patience, (timeout) => {
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
      // Not by what it still said: that may well be that a service did no more for it.
      if (broke === 'cpu') call.settle({ error: overCpu(call.limits.cpuMs) })
      if (broke === 'starved') call.settle({ error: starved() })
    }
    this.#deliver()
  }

  /** Hands on what came out. A `done` may call `invoke`: what that brings out is handed on here too, in its turn. */
  #deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    const { outbox } = this.#cell
    try {
      do {
        for (let message = outbox.next(); message !== undefined; message = outbox.next()) this.#handle(message)
      } while (this.#flowNext())
    } finally {
      this.#delivering = false
    }
    if (this.#broken === undefined) return this.#arm()
    const { culprit, how } = this.#broken
    if (how === 'memory') culprit.settle({ error: overMemory(this.#init.memoryMb) })
    this.stop(`another call of the function broke it (${how})`)
  }

  #handle(message: Message): void {
    if (message.type === 'log') {
      this.#init.onLog({ level: message.level, text: message.text })
      return
    }
    const call = this.#calls.get(message.id)
    if (call === undefined) return
    // What was made before is sent before.
    if (message.type === 'fail' && call.out?.begun === true) this.#flow(call)
    if (message.type === 'finish') this.#flow(call)
    if (message.type === 'over' || !message.background) this.#forget(call)
    else this.#background.add(call)
    if (message.type === 'answer') call.settle(outcomeOfAnswer(message, call.limits))
    if (message.type === 'fail') call.settle(outcomeOfFailure(message, this.#file))
  }

  /** Hands on the bodies of one call with news of them. False where there is none. */
  #flowNext(): boolean {
    const { flowing } = this.#cell.outbox
    if (flowing.size === 0) return false
    const [id = 0] = flowing
    flowing.delete(id)
    const call = this.#calls.get(id)
    if (call !== undefined) this.#flow(call)
    return true
  }

  #flow(call: IsolateCall): void {
    // What still runs of an answer that cannot be sent is bounded.
    if (!call.flow()) this.#background.add(call)
  }

  feed(call: IsolateCall): void {
    if (call.in?.asked !== true || !this.#usable) return
    if (!call.in.ready) return this.#flow(call)
    this.#init.onTurn?.()
    this.#enter(call, this.#cell.entries.feed, [call.id, call.in.take()])
  }

  /** Brings the answer to something that a call asked the process for. */
  #settle(owner: number, number: number, reply: Reply): void {
    const call = this.#calls.get(owner)
    if (call === undefined || !this.#usable) return
    this.#init.onTurn?.()
    this.#enter(call, this.#cell.entries.settle, [number, reply])
  }

  grant(call: IsolateCall, bytes: number): void {
    if (!this.#usable || !call.allow(bytes)) return
    this.#init.onTurn?.()
    this.#enter(call, this.#cell.entries.resume, [call.id])
  }

  /** Keeps one timer of the process for the next of the isolate. */
  #arm(): void {
    if (!this.#usable) return
    const { armed } = this.#cell.outbox
    this.#timer.set(armed)
    if (armed !== undefined || this.#calls.size === 0) return
    if (!this.#calls.values().some((call) => call.expects || this.#cell.asks.awaits(call.id))) this.#giveUp()
  }

  /** Whatever the calls still wait for, nobody is left to bring it. */
  #giveUp(): void {
    this.#delivering = true
    try {
      for (const call of Array.from(this.#calls.values())) {
        call.settle({ error: call.out === undefined ? neverAnswers() : neverEnds() })
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

  cancel(call: IsolateCall): void {
    if (!call.open) return
    call.settle({ error: cancelled() })
    if (!this.#usable) return
    this.#background.add(call)
    this.#enter(call, this.#cell.entries.abort, [call.id])
  }

  #end(call: IsolateCall): void {
    if (!this.#calls.has(call.id) || !this.#usable) return
    this.#forget(call)
    this.#enter(call, this.#cell.entries.end, [call.id])
  }

  #forget(call: IsolateCall): void {
    this.#background.delete(call)
    this.#calls.delete(call.id)
    this.#cell.asks.end(call.id)
    call.end()
  }
}
