import { FleetingMap, type Share } from '@hither/core'
import { FRAME } from '../ipc/frames.ts'
import { PATIENCE_MAX } from '../ipc/limits.ts'
import { Arrears } from './arrears.ts'
import { crashed, type Blame } from './blame.ts'
import { leaseFor } from './lease.ts'
import { LOAD_LEASE_MS, SWEEP_MS, WARM_HEAP_PART_BYTES } from './limits.ts'
import type { Grant } from './outbound/budget.ts'
import { Desk } from './outbound/desk.ts'
import { Occupancy } from './occupancy.ts'
import type { SandboxProcess } from './process.ts'
import { Reports } from './reports.ts'
import type { Resident } from './residents.ts'
import type { SandboxInit } from './sandbox-init.ts'
import { sendCall, sendLoad } from './sending.ts'
import type { Ticket } from './ticket.ts'

/**
 * One sandbox process of one cordon, as the parent sees it: what is warm there, what runs there, and whose turn it is.
 * What it says itself comes in by `Reports`.
 */
export class Sandbox extends Occupancy {
  readonly cordon: string
  readonly process: SandboxProcess
  readonly calls: FleetingMap<number, Ticket> = new FleetingMap()
  readonly desk: Desk
  readonly arrears: Arrears = new Arrears()
  /** By which way the newest of its calls came. */
  path: readonly string[] = []
  /** It was started only for functions that had no room in others of its cordon, and goes where others need what it takes. */
  readonly extra: boolean
  /** What its cordon may have, as the newest of its calls says. */
  share: Share
  /** No new calls: it is being ended. */
  closed = false
  /** Until then its processor time and memory are our own affair, and nobody's fault. */
  ready = false
  served = 0
  usedMs: number
  private readonly init: SandboxInit
  private lastCall = 0
  private leftMs: number | undefined
  private blame: Blame | undefined

  constructor(init: SandboxInit) {
    super(init)
    this.init = init
    this.cordon = init.cordon
    this.extra = init.extra
    this.share = init.share
    this.process = init.process
    this.usedMs = init.now()
    const { profile, outbound, timers } = init
    this.desk = new Desk({
      profile,
      outbound,
      timers,
      pipe: init.process.pipe,
      grantOf: (call) => this.grantOf(call),
    })
    const reports = new Reports(this, init)
    this.process.hold({ onMessage: (message) => reports.receive(message), onExit: (why) => this.gone(why) })
    this.process.ready.then(
      () => (this.ready = true),
      // Its exit follows, and with it all that is to be done.
      () => undefined,
    )
  }

  /** See `GuestLimits`. Where the kernel does not say what it burns, nothing but the wall can end a turn. */
  private get patience(): number {
    const cores = Math.min(this.init.cores(), this.share.cores ?? Infinity)
    return cores < 1 && process.platform === 'linux' ? PATIENCE_MAX : 1
  }

  /** No new calls: it is ended when it has none. */
  get leaving(): boolean {
    return this.leftMs !== undefined
  }

  /** It was told to leave a moment ago, in which most calls end. */
  get goesSoon(): boolean {
    return this.leftMs !== undefined && this.now() - this.leftMs < SWEEP_MS
  }

  /** It has no calls, nor any that go on behind their answers. */
  get idle(): boolean {
    return this.calls.size === 0 && !this.desk.lingers
  }

  /** It takes calls. */
  get open(): boolean {
    return !this.closed && !this.leaving
  }

  /** Sends a call, and before it the function where it is not here yet: then the ticket must have its text, where its code is not. */
  send(ticket: Ticket): void {
    const warm = this.residents.get(ticket.key)
    const resident = warm ?? this.load(ticket)
    const { number, loading, fresh } = resident
    if (warm !== undefined && loading && fresh) this.turns.adopt(number, ticket)
    const now = this.now()
    this.lastCall += 1
    ticket.callId = this.lastCall
    ticket.fn = number
    // Also where that is over: the load was for it, or for one that did not come.
    ticket.sent(loading || fresh, loading, now)
    this.share = ticket.share
    this.path = ticket.path
    this.usedMs = now
    this.calls.set(ticket.callId, ticket)
    this.residents.begin(resident, ticket, now)
    // Many that wait would otherwise each keep theirs; it can be had again.
    ticket.text = undefined
    const startBy = this.startBy(ticket, loading && fresh ? LOAD_LEASE_MS : 0)
    sendCall(this.process.pipe, ticket, { startBy, patience: this.patience })
    this.turns.sent({ kind: 'call', id: ticket.callId, fn: number, owner: ticket, startBy }, now)
  }

  /** Loads the function of a call that may come, at once: it must have its text, where its code is not here. */
  expect(ticket: Ticket): void {
    // Of those that no call came for, one is enough.
    for (const one of this.residents.takers()) if (one.fresh) this.unload(one)
    const { number } = this.load(ticket)
    ticket.fn = number
    this.usedMs = this.now()
    this.process.flush()
  }

  /** Tells the handler that nobody waits for it any more. The call is over when it says so, or is made to. */
  cancel(ticket: Ticket): void {
    ticket.cancelledMs = this.now()
    this.process.pipe.send(FRAME.cancel, ticket.callId)
  }

  /** Gives back the calls that this process did not get to in time, and will not run any more. */
  takeBack(sharedMs: number): void {
    const late = this.turns.overdue(sharedMs)
    if (late.length === 0) return
    const overdue = late
      // A function that is not loaded in time takes its call with it.
      .filter(({ fn, owner }) => owner.fn === fn && this.calls.get(owner.callId) === owner && !owner.touched)
    // Those whose own time is over say nothing about this process.
    if (overdue.some(({ owner }) => owner.deadlineMs > sharedMs)) this.seize()
    for (const owner of new Set(overdue.map((turn) => turn.owner))) this.unrun(owner)
  }

  /** Drops a function: at once, or when its calls are over. */
  unload(resident: Resident): void {
    this.residents.lose(resident)
    this.process.pipe.send(FRAME.unload, resident.number)
  }

  /** Ends it at once. Its calls learn why when it is gone. */
  kill(blame?: Blame): void {
    this.closed = true
    this.blame ??= blame
    this.process.kill()
  }

  /** Ends it when it has no calls any more: at once, or where some go on behind their answers, when it is looked at next. */
  leave(): void {
    this.leftMs ??= this.now()
    if (this.idle) this.kill()
  }

  /** A call did not begin here, and will not. */
  unrun(ticket: Ticket): void {
    ticket.leases += 1
    this.over(ticket)
    this.init.onUnrun(ticket)
  }

  /** Has this call begun, as far as one must fear? */
  hasBegun(ticket: Ticket): boolean {
    return ticket.touched || (this.ready && (this.process.unheard || this.turns.begun(ticket)))
  }

  /** A call has left, however it ended. */
  over(ticket: Ticket): void {
    this.calls.delete(ticket.callId)
    this.usedMs = this.now()
    if (this.leaving && this.idle) this.kill()
    const resident = this.residents.numberOf(ticket.fn)
    if (resident === undefined) return
    this.residents.end(resident, ticket, this.usedMs)
    if (resident.heapBytes > WARM_HEAP_PART_BYTES) this.lighten(resident)
  }

  /** Isolates that nobody calls collect nothing: what many of them hold after busy times would stay for as long as no other is loaded. */
  private lighten(last: Resident): void {
    for (const idle of this.residents.surplus(0)) if (idle !== last) this.unload(idle)
  }

  /** Only a call that runs asks for anything. */
  private grantOf(call: number): Grant | undefined {
    const { egress, limits } = this.calls.get(call)?.job.manifest ?? {}
    if (egress === undefined || limits === undefined || !this.turns.ran(call)) return undefined
    return { egress, maxBytes: limits.bodyBytes }
  }

  /** While it starts, everything waits, and nothing is stuck. */
  private startBy(ticket: Ticket, extraMs: number): number {
    return this.ready ? leaseFor(ticket, extraMs) : ticket.deadlineMs
  }

  private load(ticket: Ticket): Resident {
    const startBy = this.startBy(ticket, 0)
    for (const old of this.residents.outdated(ticket)) this.unload(old)
    for (const idle of this.residents.surplus(1)) this.unload(idle)
    const resident = this.residents.add(ticket)
    this.loadedMs = this.now()
    sendLoad(this.process.pipe, resident, ticket, { startBy, patience: this.patience })
    this.turns.sent({ kind: 'load', id: resident.number, fn: resident.number, owner: ticket, startBy }, this.now())
    return resident
  }

  private gone(why: string): void {
    this.closed = true
    this.desk.stop()
    for (const ticket of this.calls.values()) {
      this.calls.delete(ticket.callId)
      const guilty = this.blame?.guilty(ticket) === true
      if (!guilty && !this.hasBegun(ticket)) {
        ticket.deaths += 1
        this.init.onUnrun(ticket)
        continue
      }
      ticket.fail(guilty && this.blame !== undefined ? this.blame.error : crashed(why, this.blame))
      this.init.onEnded(ticket)
    }
    this.init.onGone(this)
  }
}
