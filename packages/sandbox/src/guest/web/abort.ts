import { DOMException } from './dom-exception.ts'
import { Event } from './event.ts'
import { EventHandler, type Handler } from './event-handler.ts'
import { EventTarget, fire, setOnAbort } from './event-target.ts'
import { setTimeout } from './timers.ts'

/** Makes signals, which no user can. Every call has one, and hardly any handler asks for it: it holds nothing before it must. */
export let makeSignal: () => AbortSignal

/** Aborts any signal: what only its controller may, and the runtime where it is the controller. */
export let abort: (signal: AbortSignal, reason: unknown) => void

/** Runs something when a signal aborts, before its listeners and whatever they do. */
let whenAborted: (signal: AbortSignal, then: () => void) => void

/** Runs something after a signal's listeners, as whatever follows the signal is aborted; not if the result is called before. */
export let afterAbort: (signal: AbortSignal, then: () => void) => () => void

export class AbortSignal extends EventTarget {
  static readonly #key = {}
  #aborted = false
  #reason: unknown
  #dependents: Set<AbortSignal> | undefined
  #steps: (() => void)[] | undefined
  #followed: Set<() => void> | undefined
  #onabort: EventHandler | undefined

  static {
    makeSignal = () => new AbortSignal(AbortSignal.#key)
    abort = (signal, reason) => {
      if (signal.#aborted) return
      // Each once, by whatever ways it follows. The set grows while it is gone through.
      const all = new Set([signal])
      for (const one of all) for (const follower of one.#followers()) all.add(follower)
      const why = reasonOf(reason)
      // All are aborted before the first listener runs: none may see the others as still going.
      for (const one of all) one.#set(why)
      for (const one of all) {
        for (const step of one.#steps?.splice(0) ?? []) step()
        fire(one, new Event('abort'))
        for (const then of one.#followed ?? []) then()
      }
    }
    afterAbort = (signal, then) => {
      const followed = (signal.#followed ??= new Set())
      followed.add(then)
      return () => void followed.delete(then)
    }
    whenAborted = (signal, then) => void (signal.#steps ??= []).push(then)
  }

  constructor(key?: object) {
    if (key !== AbortSignal.#key) throw new TypeError('Illegal constructor')
    super()
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = makeSignal()
    signal.#set(reasonOf(reason))
    return signal
  }

  static timeout(ms: unknown): AbortSignal {
    if (!Number.isFinite(Number(ms)) || Number(ms) < 0) {
      throw new TypeError("Failed to execute 'timeout': not a number of milliseconds")
    }
    const signal = makeSignal()
    setTimeout(() => abort(signal, new DOMException('The operation timed out', 'TimeoutError')), ms)
    return signal
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals]
    if (!sources.every((source) => source instanceof AbortSignal)) {
      throw new TypeError("Failed to execute 'any': not a sequence of AbortSignals")
    }
    const aborted = sources.find((source) => source.#aborted)
    if (aborted !== undefined) return AbortSignal.abort(aborted.#reason)
    const dependent = makeSignal()
    for (const source of sources) (source.#dependents ??= new Set()).add(dependent)
    return dependent
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  get onabort(): Handler {
    return this.#onabort?.get() ?? null
  }

  set onabort(handler: unknown) {
    this.#onabort ??= new EventHandler(this, 'abort')
    this.#onabort.set(handler)
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }

  #followers(): AbortSignal[] {
    return [...(this.#dependents ?? [])].filter((dependent) => !dependent.#aborted)
  }

  #set(reason: unknown): void {
    this.#aborted = true
    this.#reason = reason
  }
}

setOnAbort(whenAborted)

export class AbortController {
  readonly #signal = makeSignal()

  get signal(): AbortSignal {
    return this.#signal
  }

  abort(reason?: unknown): void {
    abort(this.#signal, reason)
  }
}

function reasonOf(reason: unknown): unknown {
  return reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason
}
