import type { RunMetrics } from '../call.ts'
import type { RequestHead, ResponseHead } from '../http.ts'
import type { CID } from '../cid.ts'
import type { Manifest } from '../manifest.ts'
import type { Options } from './options.ts'

/** One execution, as a runner is asked for it. */
export interface Job {
  cid: CID
  manifest: Manifest
  /** The bundle's text. Asked for only when the function is not warm. */
  code(): Promise<string>
  /** Which process boundary it runs behind: the publisher's id, or the CID itself where nobody vouches for it. */
  cordon: string
  request: RequestHead
  body: Uint8Array
  /** What is left of the deadline, in ms. */
  remainingMs: number
}

export interface RunResult extends ResponseHead {
  body: Uint8Array
  /** `fetchMs` is not the runner's to know and is 0. */
  metrics: RunMetrics
}

/** A line that a handler wrote to its console. */
export interface LogLine {
  cid: CID
  level: 'debug' | 'info' | 'warn' | 'error'
  text: string
}

export interface RunnerLoad {
  slots: number
  busy: number
  queued: number
  /** Functions that would start warm, most recently used first. */
  warm: CID[]
}

/** Executes functions in a jail. */
export interface Runner {
  /** What the jail can grant of a manifest's `needs`. */
  readonly grants: readonly string[]
  start(): Promise<void>
  /** Refuses new work as `draining`, lets what runs finish for `graceMs`, then ends every process. */
  stop(options?: { graceMs?: number }): Promise<void>
  /**
   * Runs a handler to the end of its answer. Throws `busy`, `draining`, `unsupported`, `bad-message` before it starts; `handler-…`, `limit-…`,
   * `sandbox-crashed`, `timeout`, `cancelled`, `result-too-large` after, with `data.metrics` where they were measured.
   */
  run(job: Job, options?: Options): Promise<RunResult>
  load(): RunnerLoad
}
