import { DEADLINE_MS } from '../limits.ts'

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
  /** Of these, what the answer took. */
  readonly usedMs: Float32Array

  constructor(count: number) {
    this.ms = new Float32Array(count).fill(Number.NaN)
    this.by = new Int32Array(count).fill(-1)
    this.refusals = new Uint16Array(count)
    this.attempts = new Uint16Array(count)
    this.hedges = new Uint8Array(count)
    this.ranMs = new Float32Array(count)
    this.usedMs = new Float32Array(count)
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

  settle(call: number, ms: number, usedMs: number, by: number): void {
    this.ms[call] = Math.min(ms, DEADLINE_MS)
    this.usedMs[call] = usedMs
    this.by[call] = ms < DEADLINE_MS ? by : -1
  }

  settled(call: number): boolean {
    return !Number.isNaN(this.ms[call])
  }
}
