import type { Guest } from './guest.ts'
import type { LoopCall } from './loop-call.ts'

/** A function in this process and its calls; shares out the isolate's processor time among them. */
export class LoopFunction {
  readonly number: number
  readonly guest: Guest
  readonly calls: Set<LoopCall> = new Set()
  /** No new calls: a limit broke the isolate, or a call in it would not end. */
  lost = false
  private chargedMs = 0
  private holder: LoopCall | undefined
  private disposed = false

  constructor(number: number, guest: Guest) {
    this.number = number
    this.guest = guest
  }

  begin(call: LoopCall): void {
    // What the isolate used until now belongs to the calls that were here already.
    this.charge()
    this.calls.add(call)
  }

  /** A turn of this call: what the isolate uses meanwhile is charged to it alone. */
  during(call: LoopCall, turn: () => void): void {
    this.charge()
    this.holder = call
    try {
      turn()
    } finally {
      // The end of a call is a charge of its own.
      if (!call.ended) this.charge()
      this.holder = undefined
    }
  }

  /** Charges what the isolate used since the last charge: all calls alike, where nobody can tell whose turn it was. */
  charge(): void {
    const total = this.guest.cpuMs()
    const ms = Math.max(0, total - this.chargedMs)
    this.chargedMs = total
    if (this.holder !== undefined) this.holder.cpuMs += ms
    else for (const call of this.calls) call.cpuMs += ms / this.calls.size
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    this.guest.dispose()
  }
}
