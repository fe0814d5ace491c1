import type { Clock, LogLine, Profile, Share } from '@hither/core'
import type { Outbound } from './outbound/outbound.ts'
import type { Lane } from './placement.ts'
import type { SandboxProcess } from './process.ts'
import type { Sandbox } from './sandbox.ts'
import type { Ticket } from './ticket.ts'
import type { Timers } from './timers.ts'
import type { Weights } from './weights.ts'

/** What a sandbox is made of, and who hears what becomes of it and its calls. */
export interface SandboxInit {
  cordon: string
  profile: Profile
  share: Share
  lane: Lane
  /** How many are lent now. */
  cores: () => number
  /** It was started only so that no function had to go for another. */
  extra: boolean
  process: SandboxProcess
  now: Clock
  timers: Timers
  weights: Weights
  /** The way out for its functions' own requests. */
  outbound: Outbound
  log(line: LogLine): void
  /** Its thread may be free: there may be room for what waits. */
  onFree(): void
  /** A call is over; whether it was answered is another matter. */
  onEnded(ticket: Ticket): void
  /** The reader of its answer wants no more of it. */
  onLeft(ticket: Ticket): void
  /** A call certainly did not begin, and may be placed again. It is over here. */
  onUnrun(ticket: Ticket): void
  /** A function took the thread by itself, maybe on behalf of a call that is over. */
  onResumed(sandbox: Sandbox): void
  onGone(sandbox: Sandbox): void
}
