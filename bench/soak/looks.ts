import type { Sample } from './slope.ts'

/**
 * What was seen of one process: of each look three numbers, in room that is made at once. All of it lies in the app, which is watched itself,
 * and an array that grows would be some of what it grows by.
 */
export class Looks {
  private readonly atMs: Float64Array
  private readonly mb: Float64Array
  private readonly open: Float64Array
  private count = 0

  /** @param most More are not kept. */
  constructor(most: number) {
    this.atMs = new Float64Array(most)
    this.mb = new Float64Array(most)
    this.open = new Float64Array(most)
  }

  add(atMs: number, rssMb: number, descriptors: number): void {
    if (this.count === this.atMs.length) return
    this.atMs[this.count] = atMs
    this.mb[this.count] = rssMb
    this.open[this.count] = descriptors
    this.count += 1
  }

  /** When the first was. */
  get firstMs(): number {
    return this.count === 0 ? Infinity : (this.atMs[0] ?? Infinity)
  }

  rssMb(sinceMs: number): Sample[] {
    return this.since(sinceMs, this.mb)
  }

  descriptors(sinceMs: number): Sample[] {
    return this.since(sinceMs, this.open)
  }

  private since(sinceMs: number, values: Float64Array): Sample[] {
    return Array.from(values.subarray(0, this.count), (value, at) => ({ atMs: this.atMs[at] ?? 0, value })).filter(
      ({ atMs }) => atMs >= sinceMs,
    )
  }
}
