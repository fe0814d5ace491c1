import { DEADLINE_MS } from '../limits.ts'

/** How a call that was answered spent its time, by the attempt that answered, in ms. */
export interface Spent {
  wayMs: number
  queueMs: number
  coldMs: number
  runMs: number
}

/** What became of the calls. Each array has an entry per call. */
export class Outcome {
  /** From asking to the answer, in ms; NaN until then. The deadline for those that were lost. */
  readonly ms: Float32Array
  /** Who answered; -1 for nobody. */
  readonly by: Int32Array
  readonly refusals: Uint16Array
  readonly attempts: Uint16Array
  readonly hedges: Uint8Array
  /** Time in slots, of all copies, in ms. */
  readonly ranMs: Float32Array
  /** Of the attempt that answered. */
  readonly wayMs: Float32Array
  readonly queueMs: Float32Array
  readonly coldMs: Float32Array
  readonly runMs: Float32Array

  constructor(count: number) {
    this.ms = new Float32Array(count).fill(Number.NaN)
    this.by = new Int32Array(count).fill(-1)
    this.refusals = new Uint16Array(count)
    this.attempts = new Uint16Array(count)
    this.hedges = new Uint8Array(count)
    this.ranMs = new Float32Array(count)
    this.wayMs = new Float32Array(count)
    this.queueMs = new Float32Array(count)
    this.coldMs = new Float32Array(count)
    this.runMs = new Float32Array(count)
  }

  sent(call: number, hedge: boolean): void {
    this.attempts[call] = (this.attempts[call] ?? 0) + 1
    if (hedge) this.hedges[call] = 1
  }

  refused(call: number): void {
    this.refusals[call] = (this.refusals[call] ?? 0) + 1
  }

  ran(call: number, ms: number): void {
    this.ranMs[call] = (this.ranMs[call] ?? 0) + ms
  }

  answered(call: number, ms: number, by: number, { wayMs, queueMs, coldMs, runMs }: Spent): void {
    if (ms >= DEADLINE_MS) return this.lost(call)
    this.ms[call] = ms
    this.by[call] = by
    this.wayMs[call] = wayMs
    this.queueMs[call] = queueMs
    this.coldMs[call] = coldMs
    this.runMs[call] = runMs
  }

  lost(call: number): void {
    this.ms[call] = DEADLINE_MS
  }

  settled(call: number): boolean {
    return !Number.isNaN(this.ms[call])
  }
}
