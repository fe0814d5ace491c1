import type ivm from 'isolated-vm'
import type { Asks, Services } from './guest-asks.ts'
import { takeBlank } from './guest-blank.ts'
import type { Outbox } from './guest-outbox.ts'
import type { GuestRefs } from './guest-runtime.ts'

/** Why an isolate cannot go on: a limit, or it was disposed. */
export type Breakage = 'cpu' | 'memory' | 'gone'

/** One entry into the isolate, with all that it set off. */
export interface Entry<T> {
  value?: T
  /**
   * What came out instead of a value, or beside it: isolated-vm throws a forgotten rejection out of whatever runs. The
   * first of an entry only, and none whose promise was collected before: it holds them weakly.
   */
  thrown?: { error: unknown }
  broke?: Breakage
  cpuMs: number
}

export interface CellInit {
  memoryMb: number
  env: Record<string, string>
  services: Services
  onCatastrophe(message: string): void
}

/** An isolate with the web platform in it, and nothing of a user yet. */
export interface Cell {
  readonly isolate: ivm.Isolate
  readonly context: ivm.Context
  readonly entries: GuestRefs
  readonly outbox: Outbox
  readonly asks: Asks
  /** Enters the isolate for at most `leftMs`. Never throws: `act` must do nothing but enter. */
  enter<T>(leftMs: number, act: (timeoutMs: number) => T): Entry<T>
  cpuMs(): number
  heapBytes(): number
  dispose(): void
}

/**
 * What an isolate holds changes only while it runs: so much processor time, in ms, fills some 20 MB at most. Asking V8 takes as long
 * as a short call does.
 */
const HEAP_EACH_MS = 5

/**
 * The isolate's clock goes on while its process waits for a core. What the system counts does not, but may lag by a tick, in ms; it
 * counts services that answer, too. The lesser is nearer to what was used.
 */
const TICK_MS = 10

/** isolated-vm's own words; its errors have no codes. A user can throw them too, so what was measured must agree. */
const TIMED_OUT = 'Script execution timed out.'

export function makeCell(init: CellInit): Cell {
  const blank = takeBlank(init.memoryMb)
  blank.onCatastrophe = (message) => init.onCatastrophe(message)
  blank.asks.serve(init.services)
  blank.entries.start.applySync(undefined, [JSON.stringify(init.env)])
  return new IsolateCell(blank)
}

type Parts = Pick<Cell, 'isolate' | 'context' | 'entries' | 'outbox' | 'asks'>

class IsolateCell implements Cell {
  readonly isolate: ivm.Isolate
  readonly context: ivm.Context
  readonly entries: GuestRefs
  readonly outbox: Outbox
  readonly asks: Asks
  #isolateMs = 0
  #heapBytes = 0
  /** The isolate's processor time when that was asked. */
  #heapAtMs = -Infinity

  constructor({ isolate, context, entries, outbox, asks }: Parts) {
    this.isolate = isolate
    this.context = context
    this.entries = entries
    this.outbox = outbox
    this.asks = asks
  }

  enter<T>(leftMs: number, act: (timeoutMs: number) => T): Entry<T> {
    if (this.isolate.isDisposed) return { broke: 'gone', cpuMs: 0 }
    const timeoutMs = Math.ceil(leftMs)
    if (timeoutMs <= 0) return { broke: 'cpu', cpuMs: 0 }
    const before = { all: this.cpuMs(), isolate: this.#clockMs(), thread: threadMs() }
    const started = performance.now()
    const spent = (timedOut = false): number => {
      const clockMs = this.#clockMs() - before.isolate
      // What ran out of time did so by that clock.
      this.#isolateMs += timedOut ? clockMs : Math.min(clockMs, threadMs() - before.thread + TICK_MS)
      return this.cpuMs() - before.all
    }
    this.asks.allow(leftMs)
    try {
      const value = act(timeoutMs)
      // What services took, isolated-vm's timer does not see.
      return { value, cpuMs: spent(), ...(this.asks.overspent && { broke: 'cpu' as const }) }
    } catch (error) {
      const message = error instanceof Error ? error.message : ''
      const timedOut = message === TIMED_OUT && performance.now() - started >= timeoutMs
      if (this.isolate.isDisposed)
        return { broke: message.includes('memory limit') ? 'memory' : 'gone', cpuMs: spent() }
      return timedOut ? { broke: 'cpu', cpuMs: spent(true) } : { thrown: { error }, cpuMs: spent() }
    }
  }

  /** As it was when it was last left: else nothing runs in it. */
  cpuMs(): number {
    return this.#isolateMs + this.asks.spentMs
  }

  heapBytes(): number {
    if (this.isolate.isDisposed) return 0
    if (this.#isolateMs - this.#heapAtMs < HEAP_EACH_MS) return this.#heapBytes
    this.#heapAtMs = this.#isolateMs
    try {
      const heap = this.isolate.getHeapStatisticsSync()
      this.#heapBytes = heap.used_heap_size + heap.externally_allocated_size
    } catch {
      // A rejection that was forgotten comes out of this, too. It is about no measure, and the call must end all the same.
    }
    return this.#heapBytes
  }

  dispose(): void {
    this.asks.close()
    if (!this.isolate.isDisposed) this.isolate.dispose()
  }

  /** Of an isolate that is disposed none can be asked, and the thread's counts alone. */
  #clockMs(): number {
    return this.isolate.isDisposed ? Infinity : Number(this.isolate.cpuTime) / 1e6
  }
}

/** Processor time of this thread as the system counts it, in ms. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
