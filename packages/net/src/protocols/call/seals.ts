import { decodeSeal, FleetingMap, HitherError, mayFail, type Seal } from '@hither/core'
import { SEAL_LATE_MS, SEALS_OWED_MAX } from '../../limits/calls.ts'
import type { Timers } from '../../timers.ts'

/** Signatures of receipts, which come after the answers. */
export interface Seals {
  /** None is owed. */
  readonly settled: boolean
  /** The answer to this call is here. The promise may be left alone; rejects where its signature does not come. */
  owed(call: number): Promise<Seal>
  /** Throws `bad-message`. */
  came(call: number, payload: Uint8Array): void
  /** None comes any more. */
  end(why: HitherError): void
}

/** @param settled Told where none is owed any more. */
export function seals(timers: Timers, settled: () => void): Seals {
  return new OwedSeals(timers, settled)
}

type Owed = FleetingMap<number, PromiseWithResolvers<Seal>>

class OwedSeals implements Seals {
  private readonly timers: Timers
  private readonly onSettled: () => void
  /** Those of this turn of the timer, and of the one before: no call needs a timer of its own. */
  private young: Owed = new FleetingMap()
  private old: Owed = new FleetingMap()
  private stopTimer: (() => void) | undefined

  constructor(timers: Timers, onSettled: () => void) {
    this.timers = timers
    this.onSettled = onSettled
  }

  get settled(): boolean {
    return this.young.size === 0 && this.old.size === 0
  }

  owed(call: number): Promise<Seal> {
    const seal = Promise.withResolvers<Seal>()
    void mayFail(seal.promise)
    if (this.young.size + this.old.size >= SEALS_OWED_MAX) seal.reject(unsigned(`it owes ${SEALS_OWED_MAX} already`))
    else this.young.set(call, seal)
    this.stopTimer ??= this.timers.after(SEAL_LATE_MS, () => this.turn())
    return seal.promise
  }

  came(call: number, payload: Uint8Array): void {
    const owed = this.young.get(call) ?? this.old.get(call)
    if (owed === undefined) return
    if (payload.length === 0) owed.reject(unsigned('it says that it cannot'))
    else owed.resolve(decodeSeal(payload))
    this.young.delete(call)
    this.old.delete(call)
    if (this.settled) this.onSettled()
  }

  end(why: HitherError): void {
    this.stopTimer?.()
    for (const { reject } of [...this.old.values(), ...this.young.values()]) reject(why)
    this.old.clear()
    this.young.clear()
  }

  private turn(): void {
    for (const { reject } of this.old.values()) reject(unsigned(`nothing came within ${SEAL_LATE_MS / 1000} s`))
    this.old = this.young
    this.young = new FleetingMap()
    this.stopTimer = this.settled ? undefined : this.timers.after(SEAL_LATE_MS, () => this.turn())
    if (this.settled) this.onSettled()
  }
}

function unsigned(why: string): HitherError {
  return new HitherError('bad-answer', 'the runner did not sign the receipt of its answer', { why })
}
