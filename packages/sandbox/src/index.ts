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
import type { Clock, Egress, LogLine, Runner } from '@hither/core'
import { lendingOf } from './host/lending.ts'
import type { Spawn } from './host/launch/command.ts'
import { thisMachine, type Machine } from './host/launch/machine.ts'
import { ownNetworks, type OwnNetworks } from './host/outbound/own-addresses.ts'
import { resolveByDns, type Resolve } from './host/outbound/resolve.ts'
import { sandboxRunner } from './host/runner.ts'
import { systemTimers, type Timers } from './host/timers.ts'

export type { Spawn } from './host/launch/command.ts'
export type { Machine } from './host/launch/machine.ts'
export type { OwnNetworks } from './host/outbound/own-addresses.ts'
export type { Resolve } from './host/outbound/resolve.ts'
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
  /** Where functions' own requests may go, as far as their manifests list the hosts. @default to public addresses */
  egress?: Egress
  /** Calls that may wait beyond these; more are refused as `busy`. @default a quarter of the slots, at least 4 */
  queue?: number
  /** Code of strangers is expected: a process for it is kept ready. It runs without, too, but begins later. @default false */
  strangers?: boolean
  /** Run strangers' code even where nothing but a process of its own stands around it. @default false: refused as `unsupported` */
  weakJail?: boolean
}

export interface SandboxComponents {
  /** Starts processes, as `node:child_process` does. */
  spawn?: Spawn
  /** What a jail could be built of. @default what is found here */
  machine?: Machine
  now?: Clock
  timers?: Timers
  /** Looks up the hosts that functions ask. @default asks the machine's name servers */
  resolve?: Resolve
  /** The networks that the machine's own interfaces are in. @default as the system says */
  own?: OwnNetworks
  /** Gets what handlers write to their console, within budgets. */
  log?: (line: LogLine) => void
}

/**
 * A runner whose functions live in isolates, in processes that never serve two cordons. `start` throws `unsupported`
 * where isolated-vm cannot be loaded, and `internal` where processes cannot be started.
 */
export function sandbox(init: SandboxInit): (components?: SandboxComponents) => Runner {
  return ({
    spawn = nodeSpawn,
    machine,
    now = () => performance.now(),
    timers = systemTimers,
    resolve = resolveByDns,
    own = ownNetworks,
    log = () => {},
  } = {}) =>
    sandboxRunner({
      lent: lendingOf(init, init),
      lend: (lent) => lendingOf(lent, init),
      strangers: init.strangers === true,
      weakJail: init.weakJail === true,
      machine: machine ?? thisMachine(),
      spawn,
      now,
      timers,
      resolve,
      own,
      log,
    })
}
