import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import type { Machine } from './report.ts'

/** Where this runs, and how busy it is. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    loadAtStart: Number((loadavg()[0] ?? 0).toFixed(2)),
  }
}
