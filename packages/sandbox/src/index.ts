/**
 * Runs functions in a jail: a bundle and a request into a response, in processes of their own, under limits.
 *
 *     const runner = sandbox({ cores: 2 })({ log: (line) => show(line) })
 *     await runner.start()
 *     const { status, body } = await runner.run(job, { signal })
 *     await runner.stop({ graceMs: 5000 })
 *
 * @packageDocumentation
 */
import { spawn as nodeSpawn } from 'node:child_process'
import { totalmem } from 'node:os'
import type { Clock, LogLine, Runner } from '@hither/core'
import { MEMORY_PART, QUEUE_MIN, QUEUE_PER_SLOT, SLOTS_PER_CORE } from './host/limits.ts'
import type { Spawn } from './host/process.ts'
import { sandboxRunner } from './host/runner.ts'
import { systemTimers, type Timers } from './host/timers.ts'

export type { Spawn } from './host/process.ts'
export type { Timers } from './host/timers.ts'

/** What the owner of the machine lends. */
export interface SandboxInit {
  /** Functions that burn processor time at once. */
  cores: number
  /** For all sandbox processes together, in MB. @default a quarter of the machine's */
  memoryMb?: number
  /**
   * Calls at once; most of them wait for something most of the time. A publisher that is alone gets seven in eight of them,
   * and all but one where there are few; of these a caller that is alone the same part. @default 32 per core
   */
  slots?: number
  /** Calls that may wait beyond these; more are refused as `busy`. @default a quarter of the slots, at least 4 */
  queue?: number
}

export interface SandboxComponents {
  /** Starts processes, as `node:child_process` does. */
  spawn?: Spawn
  now?: Clock
  timers?: Timers
  /** Gets what handlers write to their console, within budgets. */
  log?: (line: LogLine) => void
}

/**
 * A runner whose functions live in isolates, in processes that never serve two cordons. `start` throws `unsupported`
 * where isolated-vm cannot be loaded, and `internal` where processes cannot be started.
 */
export function sandbox(init: SandboxInit): (components?: SandboxComponents) => Runner {
  const slots = init.slots ?? init.cores * SLOTS_PER_CORE
  return ({ spawn = nodeSpawn, now = () => performance.now(), timers = systemTimers, log = () => {} } = {}) =>
    sandboxRunner({
      cores: init.cores,
      memoryMb: init.memoryMb ?? Math.floor((totalmem() / 1024 / 1024) * MEMORY_PART),
      slots,
      queue: init.queue ?? Math.max(QUEUE_MIN, Math.ceil(slots * QUEUE_PER_SLOT)),
      spawn,
      now,
      timers,
      log,
    })
}
