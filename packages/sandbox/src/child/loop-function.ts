import { FleetingSet } from '@hither/core'
import type { Guest } from './guest.ts'
import { isLong } from './loop-bell.ts'
import type { LoopCall } from './loop-call.ts'
import type { LoopLogs } from './loop-logs.ts'

/** A function in this process and its calls; shares out the isolate's processor time among them. */
export class LoopFunction {
  readonly number: number
  readonly guest: Guest
  readonly logs: LoopLogs
  readonly calls: FleetingSet<LoopCall> = new FleetingSet()
  /** No new calls: a limit broke the isolate, or a call in it would not end. */
  lost = false
  /** Its last call took long, and so its next may. Of one that has had none, nobody knows. */
  long = true
  private chargedMs = 0
  private holder: LoopCall | undefined
  private disposed = false

  constructor(number: number, guest: Guest, logs: LoopLogs) {
    this.number = number
    this.guest = guest
    this.logs = logs
  }

  /** A call begins, and has its first turn. */
  begin(call: LoopCall): void {
    // What the isolate used until now belongs to the calls that were here already.
    this.hold(call)
    this.calls.add(call)
    this.logs.begin(this.calls.size)
  }

  /** A turn of this call begins: what the isolate uses meanwhile is charged to it alone. */
  hold(call: LoopCall): void {
    this.charge()
    this.holder = call
  }

  /** The turn is over. */
  letGo(): void {
    // The end of a call is a charge of its own.
    if (this.holder?.ended === false) this.charge()
    this.holder = undefined
  }

  end(call: LoopCall): void {
    this.charge()
    this.calls.delete(call)
    this.long = isLong(call.cpuMs)
    this.logs.report()
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    this.guest.dispose()
  }

  /** Charges what the isolate used since the last charge: all calls alike, where nobody can tell whose turn it was. */
  private charge(): void {
    const total = this.guest.cpuMs()
    const ms = Math.max(0, total - this.chargedMs)
    this.chargedMs = total
    if (this.holder !== undefined) this.holder.cpuMs += ms
    else for (const call of this.calls) call.cpuMs += ms / this.calls.size
  }
}
