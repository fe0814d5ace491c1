/** Where an attempt is. */
export const PHASE = { TRAVELLING: 0, QUEUED: 1, RUNNING: 2, REFUSED: 3, RAN: 4, LOST: 5, DROPPED: 6 } as const

/** Attempts under way, each a number that is used again once all is over. Each array has an entry per number. */
export class Attempts {
  call = new Int32Array(1024)
  runner = new Int32Array(1024)
  phase = new Uint8Array(1024)
  /** 1 for a second copy. */
  hedge = new Uint8Array(1024)
  /** 1 where the caller wants it no longer. */
  cancelled = new Uint8Array(1024)
  sentAt = new Float64Array(1024)
  arrivedAt = new Float64Array(1024)
  startedAt = new Float64Array(1024)
  fetchMs = new Float64Array(1024)
  startMs = new Float64Array(1024)
  runMs = new Float64Array(1024)
  /** The next in a runner's queue. */
  next = new Int32Array(1024)
  private holds = new Uint8Array(1024)
  private free: number[] = []
  private used = 0

  take(call: number, runner: number, at: number, hedge: boolean): number {
    const id = this.free.pop() ?? this.used++
    if (id === this.call.length) this.grow()
    this.call[id] = call
    this.runner[id] = runner
    this.phase[id] = PHASE.TRAVELLING
    this.hedge[id] = hedge ? 1 : 0
    this.cancelled[id] = 0
    this.sentAt[id] = at
    this.next[id] = -1
    this.holds[id] = 0
    return id
  }

  /** For each event and each queue that names it. */
  hold(id: number): void {
    this.holds[id] = (this.holds[id] ?? 0) + 1
  }

  drop(id: number): void {
    const left = (this.holds[id] ?? 0) - 1
    this.holds[id] = left
    if (left === 0) this.free.push(id)
  }

  private grow(): void {
    const size = 2 * this.call.length
    this.call = wider(this.call, new Int32Array(size))
    this.runner = wider(this.runner, new Int32Array(size))
    this.phase = wider(this.phase, new Uint8Array(size))
    this.hedge = wider(this.hedge, new Uint8Array(size))
    this.cancelled = wider(this.cancelled, new Uint8Array(size))
    this.sentAt = wider(this.sentAt, new Float64Array(size))
    this.arrivedAt = wider(this.arrivedAt, new Float64Array(size))
    this.startedAt = wider(this.startedAt, new Float64Array(size))
    this.fetchMs = wider(this.fetchMs, new Float64Array(size))
    this.startMs = wider(this.startMs, new Float64Array(size))
    this.runMs = wider(this.runMs, new Float64Array(size))
    this.next = wider(this.next, new Int32Array(size))
    this.holds = wider(this.holds, new Uint8Array(size))
  }
}

function wider<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}
