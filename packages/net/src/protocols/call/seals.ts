import { decodeSeals, FleetingMap, forThese, HitherError, mayFail, type SealPlace } from '@hither/core'
import { SEAL_LATE_MS, SEALS_OWED_MAX } from '../../limits/calls.ts'
import { sha256 } from '../../sha256.ts'
import type { Timers } from '../../timers.ts'

/** Signatures of receipts, which come after the answers. */
export interface Seals {
  /** None is owed. */
  readonly settled: boolean
  /** The answer to this call is here. The promise may be left alone; rejects where its signature does not come. */
  owed(call: number): Promise<SealPlace>
  /** The runner cannot sign the answer to this call. */
  refused(call: number): void
  /** A signature, with the calls that it is for. Throws `bad-message`. */
  came(payload: Uint8Array): void
  /** None comes any more. */
  end(why: HitherError): void
}

/** @param settled Told where none is owed any more. */
export function seals(timers: Timers, settled: () => void): Seals {
  return new OwedSeals(timers, settled)
}

type Owed = FleetingMap<number, PromiseWithResolvers<SealPlace>>

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

  owed(call: number): Promise<SealPlace> {
    const seal = Promise.withResolvers<SealPlace>()
    void mayFail(seal.promise)
    if (this.young.size + this.old.size >= SEALS_OWED_MAX) seal.reject(unsigned(`it owes ${SEALS_OWED_MAX} already`))
    else this.young.set(call, seal)
    this.stopTimer ??= this.timers.after(SEAL_LATE_MS, () => this.turn())
    return seal.promise
  }

  refused(call: number): void {
    this.take(call)?.reject(unsigned('it says that it cannot'))
    if (this.settled) this.onSettled()
  }

  came(payload: Uint8Array): void {
    const sealed = decodeSeals(payload)
    // Some may have been given up meanwhile; and a runner could send very much for one.
    const places = new Map(sealed.calls.map((one) => [one.call, one]))
    const owed = [...places.values()].filter(({ call }) => this.young.has(call) || this.old.has(call))
    for (const { tree, calls } of forThese(sealed.tree, owed, sha256)) {
      for (const { call, at } of calls) this.take(call)?.resolve({ tree, at })
    }
    if (this.settled) this.onSettled()
  }

  end(why: HitherError): void {
    this.stopTimer?.()
    for (const { reject } of [...this.old.values(), ...this.young.values()]) reject(why)
    this.old.clear()
    this.young.clear()
  }

  private take(call: number): PromiseWithResolvers<SealPlace> | undefined {
    const owed = this.young.get(call) ?? this.old.get(call)
    this.young.delete(call)
    this.old.delete(call)
    return owed
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
