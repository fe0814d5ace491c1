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
  /** See `Blank`. */
  readonly entry?: ivm.Module | undefined
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

/** How old what the system counted may be where an entry begins, in ms of its own clock: asking takes as long as much of a short entry. */
const ASKED_MAX_MS = 1

/**
 * isolated-vm keeps the timer of an entry to its end, and wakes a thread for it, however long the entry has been over. So they end
 * together, each somewhat later than it had to, in ms: by far less than the parent's watch lets pass.
 */
const TOGETHER_MS = 50

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
  #isolateMs = 0
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
  }

  enter<T>(leftMs: number, act: (timeoutMs: number) => T): Entry<T> {
    if (this.isolate.isDisposed) return { broke: 'gone', cpuMs: 0 }
    if (leftMs <= 0) return { broke: 'cpu', cpuMs: 0 }
    const started = performance.now()
    const timeoutMs = timeoutOf(leftMs, started)
    const beforeMs = this.cpuMs()
    const clockMs = this.#clockMs()
    const threadMs = thread.recentMs(started)
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
    // Of an isolate that is gone the thread's count alone can be asked.
    const tookMs = gone ? Infinity : this.#clockMs() - clockMs
    // What ran out of time did so by that clock.
    this.#isolateMs += tookMs <= TICK_MS || timedOut ? tookMs : Math.min(tookMs, thread.ms() - threadMs + TICK_MS)
    const cpuMs = this.cpuMs() - beforeMs
    if (thrown === undefined) {
      // What services took, isolated-vm's timer does not see.
      return this.asks.overspent ? { value: value as T, broke: 'cpu', cpuMs } : { value: value as T, cpuMs }
    }
    if (gone) return { broke: message.includes('memory limit') ? 'memory' : 'gone', cpuMs }
    return timedOut ? { broke: 'cpu', cpuMs } : { thrown, cpuMs }
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

  #clockMs(): number {
    return Number(this.isolate.cpuTime) / 1e6
  }
}

/** Processor time of this thread as the system counts it, in ms. */
class ThreadClock {
  private atMs = -Infinity
  private askedMs = 0

  ms(): number {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }

  /** As it was a little before `now`. */
  recentMs(now: number): number {
    if (now - this.atMs > ASKED_MAX_MS) {
      this.atMs = now
      this.askedMs = this.ms()
    }
    return this.askedMs
  }
}

const thread = new ThreadClock()

/** For so many ms from `now` an entry may last that has so many ms left. */
function timeoutOf(leftMs: number, now: number): number {
  const step = Math.min(TOGETHER_MS, Math.max(1, leftMs / TOGETHER_MS))
  return Math.ceil(Math.ceil((now + leftMs) / step) * step - now)
}
