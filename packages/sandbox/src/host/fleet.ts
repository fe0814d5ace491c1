import type { Clock, HitherError, LogLine, Profile } from '@hither/core'
import { Guard } from './guard.ts'
import type { Lending } from './lending.ts'
import type { Outbound } from './outbound/outbound.ts'
import type { Start } from './placement.ts'
import { Pool } from './pool.ts'
import { Sandbox } from './sandbox.ts'
import type { Spare } from './spare.ts'
import type { Ticket } from './ticket.ts'
import type { Timers } from './timers.ts'
import type { Weights } from './weights.ts'

export interface FleetInit {
  lent: Lending
  spares: Record<Profile, Spare>
  now: Clock
  timers: Timers
  weights: Weights
  /** The way out for functions' own requests. */
  outbound: Outbound
  log: (line: LogLine) => void
  /** A call is over in its process. */
  onEnded: (ticket: Ticket) => void
  /** The reader of its answer wants no more of it. */
  onLeft: (ticket: Ticket) => void
  /** A call did not begin, and may be placed again. */
  onUnrun: (ticket: Ticket) => void
  /** A process took so much that none of its calls says, in ms; less than none where one has said so since. */
  onOwed: (sandbox: Sandbox, ms: number) => void
  /** A thread may be free. */
  onFree: () => void
  /** What waits may find another place now. */
  onChange: () => void
}

/** The sandbox processes: starts them, has them watched, and ends what is too much of them and in them. */
export class Fleet {
  readonly pool: Pool
  private readonly init: FleetInit
  private readonly guard: Guard

  constructor(init: FleetInit) {
    const { lent, now, timers, weights, onOwed, onChange } = init
    this.init = init
    this.pool = new Pool(lent.memoryMb)
    this.guard = new Guard({ pool: this.pool, weights, lent, now, timers, onOwed, onChange })
  }

  /** A process more, for the cordon of this call. */
  open({ cordon, share, job }: Ticket, { start: lane, extra }: Start): Sandbox {
    const { lent, now, timers, weights, log, spares, outbound, onFree, onEnded, onLeft, onUnrun } = this.init
    const spare = spares[job.profile]
    const sandbox = new Sandbox({
      cordon,
      profile: job.profile,
      share,
      lane,
      cores: () => lent.cores,
      extra,
      process: spare.take(),
      now,
      timers,
      outbound,
      log,
      weights,
      onFree,
      onEnded,
      onLeft,
      onUnrun,
      onResumed: (one) => this.guard.watch(one),
      onGone: (gone) => {
        this.pool.remove(gone)
        this.init.onChange()
      },
    })
    this.pool.add(sandbox)
    // Ready before it is needed; if it cannot be, whoever needs it learns why.
    spare.prepare().catch(() => undefined)
    return sandbox
  }

  /** This was sent to it. */
  watch(sandbox: Sandbox): void {
    this.guard.watch(sandbox)
  }

  /** A function of this call's is loaded, which may be one more than there can be, or than its cordon can have. */
  trim({ cordon, share: { functions } }: Ticket): void {
    this.pool.trim()
    if (functions !== undefined) this.pool.trimOf(cordon, functions)
  }

  /** What is lent has changed. */
  fit(): void {
    for (const surplus of this.pool.lend(this.init.lent.memoryMb)) surplus.kill()
  }

  /** Ends every process that has calls, or in which some go on, at once. `error` says what a call is told, by whether it may have begun. */
  interrupt(error: (begun: boolean) => HitherError): void {
    for (const sandbox of this.pool) {
      for (const ticket of sandbox.calls.values()) ticket.fail(error(sandbox.hasBegun(ticket)))
      if (sandbox.calls.size > 0 || sandbox.desk.lingers || !sandbox.free) sandbox.kill()
    }
  }
}
