/** What the system counts of a thread's processor time may lag by so much, in ms. */
export const TICK_MS = 10

/**
 * An entry that lasted no longer did not wait for a core, in ms: that wait is longer. Nor is what the system counted where one began asked
 * more often: asking takes as long as much of a short entry.
 */
const SHORT_MS = 1

/**
 * isolated-vm keeps the timer of an entry to its end, and wakes a thread for it, however long the entry has been over. So they end
 * together, each somewhat later than it had to, in ms: by far less than the parent's watch lets pass.
 */
const TOGETHER_MS = 50

/** For so many ms from `now` an entry may last that has so much processor time left, in ms. `patience`: see `GuestLimits`. */
export function timeoutOf(leftMs: number, patience: number, now: number): number {
  const mostMs = leftMs * patience
  const step = Math.min(TOGETHER_MS, Math.max(1, mostMs / TOGETHER_MS))
  return Math.ceil(Math.ceil((now + mostMs) / step) * step - now)
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
    if (now - this.atMs > SHORT_MS) {
      this.atMs = now
      this.askedMs = this.ms()
    }
    return this.askedMs
  }
}

const thread = new ThreadClock()

/**
 * Processor time of one isolate. Its own clock goes on while the process waits for a core. What the system counts does not, but it lags,
 * and counts services that answer, too. So each entry took the lesser of the two.
 */
export class Meter {
  /** Of all entries, in ms. */
  totalMs = 0
  private readonly isolate: { readonly cpuTime: bigint }
  private clockMs = 0
  private threadMs = 0
  /** What the system counted and no entry was charged with, since it came late, in ms. */
  private restMs = 0

  constructor(isolate: { readonly cpuTime: bigint }) {
    this.isolate = isolate
  }

  begin(now: number): void {
    this.clockMs = this.isolateMs()
    this.threadMs = thread.recentMs(now)
  }

  /** Gives what the entry took. Of an isolate that is `gone` the thread's count alone can be asked; what ran out of time did so `byWall`. */
  end(gone: boolean, byWall: boolean): number {
    const usedMs = this.usedMs(gone ? Infinity : this.isolateMs() - this.clockMs, byWall)
    this.totalMs += usedMs
    return usedMs
  }

  private usedMs(tookMs: number, byWall: boolean): number {
    if (tookMs <= SHORT_MS || byWall) return tookMs
    const countedMs = this.restMs + thread.ms() - this.threadMs
    const usedMs = Math.min(tookMs, countedMs)
    this.restMs = Math.min(TICK_MS, countedMs - usedMs)
    return usedMs
  }

  private isolateMs(): number {
    return Number(this.isolate.cpuTime) / 1e6
  }
}
