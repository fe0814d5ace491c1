import type { Body, ByteStream } from '../body.ts'
import type { RunMetrics } from '../call.ts'
import type { RequestHead, ResponseHead } from '../http.ts'
import type { CID } from '../cid.ts'
import type { Manifest } from '../manifest.ts'
import type { Jail, Profile } from '../jail.ts'
import type { PeerId } from '../keys.ts'
import type { Share } from '../share.ts'
import type { Options } from './options.ts'

/** One execution, as a runner is asked for it. */
export interface Job {
  cid: CID
  manifest: Manifest
  /** The bundle's text, at once where it is at hand. Asked for only when the function is not warm. */
  code(): string | Promise<string>
  /** Which process boundary it runs behind: the publisher's id, or the CID itself where nobody vouches for it. */
  cordon: string
  /** How hard the jail is, by the trust that the cordon's publisher has here. */
  profile: Profile
  /** Who asked for it: callers share what their function's publisher has. */
  caller: PeerId
  /** Absent where the call was by CID, or its name has none here. */
  secrets?: JobSecrets
  /**
   * What they may have here now. Asked when the call comes and again when it is about to begin, so that a rule that changed meanwhile
   * holds for it too. Throws `not-admitted` where its owner has taken all back.
   */
  share(): Share
  request: RequestHead
  /** Of a streamed one no more is read than the handler asks for; it is left when the call ends. */
  body: Body
  /** What is left of the deadline, in ms. */
  remainingMs: number
  /**
   * How long it may wait for a place where others would be refused, in ms; Infinity until its deadline. For who has nobody else to go to.
   *
   * @default 0
   */
  waitMs?: number | undefined
}

/** What is known of a call that is likely to come. Its code is at hand. */
export interface Expected extends Pick<Job, 'cid' | 'manifest' | 'cordon' | 'profile' | 'caller' | 'share'> {
  code(): string
}

/** The secrets of the name that a function was called by. */
export interface JobSecrets {
  /** `publisher/name`: when its version changes, isolates of the old one are given up. */
  of: string
  version: string
  /** Variables for the handler beside those of the manifest, whose place they take. Not to be seen in logs and errors. */
  values: Record<string, string>
}

/** An answer that is here as a whole. `fetchMs` of its metrics is not the runner's to know and is 0. */
export interface WholeRun extends ResponseHead {
  body: Uint8Array
  metrics: RunMetrics
}

/** An answer that has begun: the handler goes on as its body is read. Leaving the body cancels the call. */
export interface StreamedRun extends ResponseHead {
  body: ByteStream
  /** Resolves once the body was read to its end; rejects with what the body throws. */
  metrics: Promise<RunMetrics>
}

export type RunResult = WholeRun | StreamedRun

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
  /** Of the cores lent, those that burn now, and calls that wait for one: a runner may have slots and still be full for these. */
  cores: { lent: number; burning: number; waiting: number }
  /** What one function may have at most, in MB. */
  memoryMb: number
  /** How many times quicker its machine is than a usual one, by what it measured; absent where it is about as quick, or not known. */
  speed?: number
}

/** What a machine's owner lends to functions. */
export interface Lent {
  /** Functions that burn processor time at once. */
  cores: number
  /** For all functions together, in MB; what the runner itself thinks fit where the owner says nothing. */
  memoryMb?: number | undefined
  /** Where their own requests may go. @default to public addresses */
  egress?: Egress | undefined
}

/** Where a machine's owner lets functions' own requests go, as far as their manifests list the hosts. */
export interface Egress {
  /** To addresses of the public Internet. */
  public: boolean
  /** Besides, for those whom the owner trusts: places on this machine and in the networks around it. */
  also: Destination[]
}

/** An address, or a network of that many leading bits; any port of it where none is named. */
export interface Destination {
  address: string
  prefix: number
  port?: number
}

/** Executes functions in a jail. */
export interface Runner {
  /** What keeps functions in here. Found out by `start`; before that it is of the lowest tier. */
  jail(): Jail
  /** Makes ready what calls should not wait for. Also after `stop`. */
  start(): Promise<void>
  /** Refuses new work as `draining`, lets what runs finish for `graceMs`, then ends every process. A second stop without grace ends the wait of the first. */
  stop(options?: { graceMs?: number }): Promise<void>
  /**
   * Runs a handler until its answer is here, or begins: a short one comes whole, one that is made piece by piece as a stream. The
   * signal and the deadline hold until the answer's last byte. Throws `busy`, `draining`, `unsupported`, `bad-message` before it starts, and what `job.share` throws; `handler-…`, `limit-…`,
   * `sandbox-crashed`, `timeout`, `cancelled`, `result-too-large` after, with `data.metrics` where they were measured.
   */
  run(job: Job, options?: Options): Promise<RunResult>
  /**
   * A call may come at once: its function is loaded meanwhile, where that is in nobody's way. Only a word in advance, by which nothing is
   * taken or promised: it never throws, and where no call comes the function is one more that is warm, the first to go.
   */
  expect(call: Expected): void
  load(): RunnerLoad
  /** Functions that would start warm, most recently used first. */
  warm(): CID[]
  /** Calls of it start warm, as far as can be told now. */
  isWarm(cid: CID): boolean
  /** So much from now on. Calls that run go on; processes that are too many or too large end as soon as they can. */
  lend(lent: Lent): void
  /**
   * The owner wants the machine back: refuses what waits as `not-volunteering`, for nothing of it has run. What runs may
   * `finish`, or is ended at once (`abort`) with `interrupted`. Later calls are taken as before: whoever asks for this
   * sends none.
   */
  interrupt(running: 'finish' | 'abort'): void
}
