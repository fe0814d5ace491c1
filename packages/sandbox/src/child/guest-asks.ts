import { isArrayBuffer } from 'node:util/types'
import { FleetingMap } from '@hither/core'
import type ivm from 'isolated-vm'
import { ASK_TEXT_MAX_CHARS, ASKS_MAX, ASKS_MAX_BYTES } from '../guest/wall/limits.ts'
import { moved } from './guest-inflow.ts'
import { ServiceError, type Answer, type Service } from './services/service.ts'

/** See `Reply` of the wall's protocol. */
export type Reply = string | ivm.Copy<ArrayBuffer>

/** The services that one isolate may ask, by name. */
export type Services = Readonly<Record<string, Service>>

/** An answer that had to be waited for. */
export type OnReply = (owner: number, number: number, reply: Reply) => void

interface Flight {
  number: number
  call: number
  bytes: number
}

/** What one isolate asks of its process. Everything is given up when the call that asked ends. */
export class Asks {
  #services: Services
  /** By the calls that have not ended; undefined for those that asked nothing, as most never do. */
  readonly #flying = new FleetingMap<number, Set<AbortController> | undefined>()
  #count = 0
  #bytes = 0
  /** Processor time, in ms, that answers given at once took: of all threads, while the isolate's own clock stands still. */
  spentMs = 0
  #allowedMs = Infinity
  onReply: OnReply = () => undefined

  constructor(services: Services = {}) {
    this.#services = services
  }

  /** The isolate gets a function: from now on these are what it may ask. */
  serve(services: Services): void {
    this.#services = services
  }

  /** An entry begins, in which answers given at once may take so long. */
  allow(ms: number): void {
    this.#allowedMs = this.spentMs + ms
  }

  /** They took longer. */
  get overspent(): boolean {
    return this.spentMs > this.#allowedMs
  }

  /** This call may ask things that take time. */
  open(call: number): void {
    this.#flying.set(call, undefined)
  }

  /** Does the call wait for an answer? */
  awaits(call: number): boolean {
    return (this.#flying.get(call)?.size ?? 0) > 0
  }

  /** Gives up what the call asked. */
  end(call: number): void {
    const flying = this.#flying.get(call)
    this.#flying.delete(call)
    if (flying === undefined) return
    for (const one of flying) one.abort()
    for (const service of Object.values(this.#services)) service.end?.(call)
  }

  close(): void {
    for (const call of this.#flying.keys()) this.end(call)
    for (const service of Object.values(this.#services)) service.close()
  }

  /** Never throws. Undefined where `onReply` will bring the answer. */
  ask(number: unknown, call: unknown, name: unknown, text: unknown, buffers: unknown[]): Reply | undefined {
    if (typeof number !== 'number' || typeof call !== 'number')
      return failure('TypeError', 'an ask has a number and a call')
    if (typeof text !== 'string' || text.length > ASK_TEXT_MAX_CHARS || !buffers.every(isArrayBuffer)) {
      return failure('TypeError', `what is asked is a text of at most ${ASK_TEXT_MAX_CHARS} characters, and buffers`)
    }
    const service = typeof name === 'string' && Object.hasOwn(this.#services, name) ? this.#services[name] : undefined
    if (service === undefined) return failure('NotSupportedError', 'there is no such service')
    const bytes = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (this.#count >= ASKS_MAX || this.#bytes + bytes > ASKS_MAX_BYTES) {
      const most = `${ASKS_MAX} things at once, of ${ASKS_MAX_BYTES} bytes`
      return failure('QuotaExceededError', `the calls of a function can ask ${most}`)
    }
    if (this.overspent) return failure('OperationError', 'the call has no processor time left')
    if (this.#flying.has(call) && this.#flying.get(call) === undefined) this.#flying.set(call, new Set())
    const stop = new AbortController()
    const before = process.cpuUsage()
    try {
      const answer = service.answer({ text, buffers, call, signal: stop.signal })
      if (!(answer instanceof Promise)) return replyOf(answer)
      return this.#wait(answer, stop, { number, call, bytes })
    } catch (error) {
      return failureOf(error)
    } finally {
      const { user, system } = process.cpuUsage(before)
      this.spentMs += (user + system) / 1000
    }
  }

  #wait(answer: Promise<Answer>, stop: AbortController, ask: Flight): Reply | undefined {
    const flying = this.#flying.get(ask.call)
    if (flying === undefined) {
      stop.abort()
      answer.catch(() => undefined)
      return failure(
        'InvalidStateError',
        'nothing that takes time can be asked while the module loads, or after a call is over',
      )
    }
    flying.add(stop)
    void this.#reply(answer, ask, flying, stop)
    return undefined
  }

  async #reply(
    answer: Promise<Answer>,
    ask: Flight,
    flying: Set<AbortController>,
    stop: AbortController,
  ): Promise<void> {
    this.#count += 1
    this.#bytes += ask.bytes
    const reply = await answer.then(replyOf, failureOf)
    this.#count -= 1
    this.#bytes -= ask.bytes
    // One that was given up is of no interest, however it went.
    if (flying.delete(stop) && !stop.signal.aborted) this.onReply(ask.call, ask.number, reply)
  }
}

function replyOf(answer: Answer): Reply {
  return typeof answer === 'string' ? `=${answer}` : moved(answer)
}

function failureOf(error: unknown): Reply {
  if (error instanceof ServiceError) return failure(error.name, error.message)
  // Of this process's own errors nothing is told: their messages may tell of the machine.
  return failure('OperationError', 'the operation failed')
}

function failure(name: string, message: string): Reply {
  return `!${name}\n${message}`
}
