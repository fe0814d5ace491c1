import type ivm from 'isolated-vm'
import type { Asks, Services } from './guest-asks.ts'
import { takeBlank } from './guest-blank.ts'
import { Meter, TICK_MS, timeoutOf } from './guest-meter.ts'
import type { Outbox } from './guest-outbox.ts'
import type { GuestRefs } from './guest-runtime.ts'

/** Why an isolate cannot go on: a limit, or too little of a processor to reach one for very long, or it was disposed. */
export type Breakage = 'cpu' | 'memory' | 'starved' | 'gone'

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
  /** See `Blank`. */
  readonly entry?: ivm.Module | undefined
  readonly entries: GuestRefs
  readonly outbox: Outbox
  readonly asks: Asks
  /** Enters the isolate, where there is so much processor time left. Never throws: `act` must do nothing but enter. `patience`: see `GuestLimits`. */
  enter<T>(leftMs: number, patience: number, act: (timeoutMs: number) => T): Entry<T>
  cpuMs(): number
  heapBytes(): number
  dispose(): void
}

/**
 * What an isolate holds changes only while it runs: so much processor time, in ms, fills some 20 MB at most. Asking V8 takes as long
 * as a short call does.
 */
const HEAP_EACH_MS = 5

/** isolated-vm's own words; its errors have no codes. A user can throw them too, so what was measured must agree. */
const TIMED_OUT = 'Script execution timed out.'

export function makeCell(init: CellInit): Cell {
  const blank = takeBlank(init.memoryMb)
  blank.onCatastrophe = (message) => init.onCatastrophe(message)
  blank.asks.serve(init.services)
  blank.entries.start.applySync(undefined, [JSON.stringify(init.env)])
  return new IsolateCell(blank)
}

type Parts = Pick<Cell, 'isolate' | 'context' | 'entry' | 'entries' | 'outbox' | 'asks'>

class IsolateCell implements Cell {
  readonly isolate: ivm.Isolate
  readonly context: ivm.Context
  readonly entry: ivm.Module | undefined
  readonly entries: GuestRefs
  readonly outbox: Outbox
  readonly asks: Asks
  readonly #meter: Meter
  #heapBytes = 0
  /** The isolate's processor time when that was asked. */
  #heapAtMs = -Infinity

  constructor({ isolate, context, entry, entries, outbox, asks }: Parts) {
    this.isolate = isolate
    this.context = context
    this.entry = entry
    this.entries = entries
    this.outbox = outbox
    this.asks = asks
    this.#meter = new Meter(isolate)
  }

  enter<T>(leftMs: number, patience: number, act: (timeoutMs: number) => T): Entry<T> {
    if (this.isolate.isDisposed) return { broke: 'gone', cpuMs: 0 }
    if (leftMs <= 0) return { broke: 'cpu', cpuMs: 0 }
    const started = performance.now()
    const timeoutMs = timeoutOf(leftMs, patience, started)
    const beforeMs = this.cpuMs()
    this.#meter.begin(started)
    this.asks.allow(leftMs)
    let value: T | undefined
    let thrown: { error: unknown } | undefined
    try {
      value = act(timeoutMs)
    } catch (error) {
      thrown = { error }
    }
    const message = thrown?.error instanceof Error ? thrown.error.message : ''
    const timedOut = message === TIMED_OUT && performance.now() - started >= timeoutMs
    const gone = this.isolate.isDisposed
    const usedMs = this.#meter.end(gone, timedOut && patience === 1)
    const cpuMs = this.cpuMs() - beforeMs
    if (gone) return { broke: message.includes('memory limit') ? 'memory' : 'gone', cpuMs }
    if (timedOut) return { broke: patience > 1 && usedMs < leftMs ? 'starved' : 'cpu', cpuMs }
    // What services took, isolated-vm's timer does not see; and it comes late, if at all.
    const over = this.asks.overspent || usedMs > leftMs + TICK_MS
    const came = thrown === undefined ? { value: value as T, cpuMs } : { thrown, cpuMs }
    return over ? { ...came, broke: 'cpu' } : came
  }

  /** As it was when it was last left: else nothing runs in it. */
  cpuMs(): number {
    return this.#meter.totalMs + this.asks.spentMs
  }

  heapBytes(): number {
    if (this.isolate.isDisposed) return 0
    const { totalMs } = this.#meter
    if (totalMs - this.#heapAtMs < HEAP_EACH_MS) return this.#heapBytes
    this.#heapAtMs = totalMs
    try {
      const heap = this.isolate.getHeapStatisticsSync()
      this.#heapBytes = heap.total_physical_size + heap.externally_allocated_size
    } catch {
      // A rejection that was forgotten comes out of this, too. It is about no measure, and the call must end all the same.
    }
    return this.#heapBytes
  }

  dispose(): void {
    this.asks.close()
    if (!this.isolate.isDisposed) this.isolate.dispose()
  }
}
