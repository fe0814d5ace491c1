import type { RunnerState } from '@hither/core'
import { BEAT_MS, IDLE_BEAT_MS, IN_USE_MS, MEASURE_MS } from './net-limits.ts'

/** What passed between a caller and each of the runners that it knows, as far as it decides what is said next. */
export class Talk {
  /** What the caller knows of the runner by its words. */
  readonly told: (RunnerState | undefined)[] = []
  private readonly calledAt: Float64Array
  private readonly measuredAt: Float64Array
  private readonly activeAt: Float64Array
  /** Calls under way. */
  private readonly underWay: Int32Array

  constructor(links: number) {
    this.calledAt = new Float64Array(links).fill(-Infinity)
    this.measuredAt = new Float64Array(links).fill(-Infinity)
    this.activeAt = new Float64Array(links).fill(-Infinity)
    this.underWay = new Int32Array(links)
  }

  /** When it next measures how far the runner is. */
  measuresAt(link: number, now: number): number {
    const everyMs = now - (this.calledAt[link] ?? 0) < IN_USE_MS ? MEASURE_MS : IDLE_BEAT_MS
    return (this.measuredAt[link] ?? 0) + everyMs
  }

  measured(link: number, now: number): void {
    this.measuredAt[link] = now
  }

  /** A call leaves. Gives the beats since anything came or went. */
  calls(link: number, now: number): number {
    const beats = this.quietBeats(link, now)
    this.underWay[link] = (this.underWay[link] ?? 0) + 1
    this.calledAt[link] = now
    return beats
  }

  /** A call is over. */
  ends(link: number, now: number): number {
    const beats = this.quietBeats(link, now)
    this.underWay[link] = Math.max(0, (this.underWay[link] ?? 0) - 1)
    return beats
  }

  /** A link in use that is quiet is asked for a sign of life every so often. */
  private quietBeats(link: number, now: number): number {
    const quietMs = now - (this.activeAt[link] ?? 0)
    this.activeAt[link] = now
    const inUseMs = (this.underWay[link] ?? 0) > 0 ? quietMs : Math.min(quietMs, IN_USE_MS - 1)
    return Number.isFinite(quietMs) ? Math.floor(inUseMs / BEAT_MS) : 0
  }
}
