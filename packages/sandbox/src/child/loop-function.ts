import type { Guest, GuestCall } from './guest.ts'

/** A call inside this process, from its first turn to its end. */
export interface LiveCall {
  id: number
  startedMs: number
  /** Processor time charged to it so far, in ms. */
  cpuMs: number
  /** Set once `invoke` has returned. */
  handle?: GuestCall
  ended: boolean
}

/** A function in this process and its calls; shares out the isolate's processor time among them. */
export class LoopFunction {
  readonly number: number
  readonly guest: Guest
  readonly calls: Set<LiveCall> = new Set()
  /** No new calls: a limit broke the isolate, or a call in it would not end. */
  lost = false
  private chargedMs = 0
  private disposed = false

  constructor(number: number, guest: Guest) {
    this.number = number
    this.guest = guest
  }

  begin(id: number, nowMs: number): LiveCall {
    // What the isolate used until now belongs to the calls that were here already.
    this.share()
    const call = { id, startedMs: nowMs, cpuMs: 0, ended: false }
    this.calls.add(call)
    return call
  }

  /** Charges one call with what the isolate used since the last charge: its own turn just ran. */
  charge(call: LiveCall): void {
    call.cpuMs += this.fresh()
  }

  /** Charges all calls alike: a turn of one of them ran, and nobody can tell whose. */
  share(): void {
    const ms = this.fresh() / Math.max(1, this.calls.size)
    for (const call of this.calls) call.cpuMs += ms
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    this.guest.dispose()
  }

  private fresh(): number {
    const total = this.guest.cpuMs()
    const ms = Math.max(0, total - this.chargedMs)
    this.chargedMs = total
    return ms
  }
}
