import type { Clock, HitherError } from '@hither/core'
import { sharedNow } from '../ipc/clock.ts'
import type { Sandbox } from './sandbox.ts'
import { isSpent, type Pool } from './pool.ts'
import { lendsTooLittle } from './errors.ts'
import { greediest, type Holder } from './greed.ts'
import { BACKGROUND_MAX_MS } from '../guest/wall/limits.ts'
import type { Lending } from './lending.ts'
import { EXTRA_MEMORY_PART, IDLE_CPU_MAX_MS, NEAR_WATCH_MS, SWEEP_MS, WATCH_MS } from './limits.ts'
import { Throttle } from './throttle.ts'
import type { Timers } from './timers.ts'
import { Watch } from './watch.ts'
import type { Weights } from './weights.ts'

export interface GuardInit {
  pool: Pool
  weights: Weights
  /** Lent to all processes together. */
  lent: Readonly<Pick<Lending, 'cores' | 'memoryMb'>>
  now: Clock
  timers: Timers
  /** This process took so much that none of its calls says, in ms; less than none where one has said so since. */
  onOwed(sandbox: Sandbox, ms: number): void
  /** It was looked: what waits may find another place now. */
  onChange(): void
}

/** Looks after all processes: often while calls run in them, seldom else. */
export class Guard {
  private readonly init: GuardInit
  private readonly watches = new Map<Sandbox, Watch>()
  private readonly throttle: Throttle
  private watching = false
  private near = false
  private sweeping = false

  constructor(init: GuardInit) {
    this.init = init
    this.throttle = new Throttle(init.now)
  }

  /** Something runs in this process. */
  watch(sandbox: Sandbox): void {
    if (!this.watches.has(sandbox)) this.watches.set(sandbox, new Watch(sandbox, this.init.now))
    this.lookSoon()
    if (!this.sweeping) {
      this.sweeping = true
      this.later(SWEEP_MS, () => this.sweep())
    }
  }

  private lookSoon(): void {
    if (this.watching) return
    this.watching = true
    this.later(WATCH_MS, (dueMs) => this.look(dueMs))
  }

  /** `sharedMs` is when this was due: answers that were sent before then have been read. */
  private look(sharedMs: number): void {
    this.watching = false
    let more = false
    const looked = new Set<Watch>()
    for (const [sandbox, watch] of this.watches) {
      const works = sandbox.calls.size > 0 || sandbox.turns.held !== undefined
      if (!works && !this.throttle.minds(sandbox)) continue
      more = true
      if (sandbox.closed) continue
      looked.add(watch)
      if (works) {
        // What stands still because of us loses nothing by it.
        if (!this.throttle.holds(sandbox)) sandbox.takeBack(sharedMs)
        this.inspect(sandbox, watch)
      } else watch.glance()
    }
    this.ration(looked)
    this.lend()
    // First: it is looked again whatever comes of the change.
    if (more) this.lookSoon()
    this.lookCloser()
    this.init.onChange()
  }

  private inspect(sandbox: Sandbox, watch: Watch): void {
    const verdict = watch.look()
    if (verdict === undefined) return
    if ('kill' in verdict) sandbox.kill(verdict.kill)
    else this.stuck(sandbox, verdict.stuck, verdict.burned)
  }

  /** At those only that are near their limit of memory: reading what the kernel says of all would cost more than they do. */
  private lookCloser(): void {
    if (this.near) return
    const near = [...this.watches].filter(([sandbox, watch]) => watch.near && !sandbox.closed)
    if (near.length === 0) return
    this.near = true
    this.later(NEAR_WATCH_MS, () => {
      this.near = false
      for (const [sandbox, watch] of near) {
        if (sandbox.closed) continue
        if (sandbox.calls.size > 0) this.inspect(sandbox, watch)
        else watch.near = false
      }
      this.lookCloser()
    })
  }

  /** A process that was stopped or is starved only loses what waits in it. */
  private stuck(sandbox: Sandbox, key: string, burned: boolean): void {
    sandbox.seize()
    if (!burned) return
    sandbox.burns = true
    if (sandbox.turns.held?.turn?.kind !== 'load') this.init.weights.stuck(key)
  }

  private sweep(): void {
    this.sweeping = false
    const living = new Set(this.init.pool)
    const looked = new Set<Watch>()
    for (const [sandbox, watch] of this.watches) {
      if (!living.has(sandbox)) this.watches.delete(sandbox)
      else if (sandbox.calls.size === 0 && !sandbox.closed) {
        looked.add(watch)
        watch.glance()
      }
    }
    this.ration(looked)
    for (const [sandbox, watch] of this.watches) {
      if (sandbox.calls.size === 0 && !sandbox.closed) this.recycle(sandbox, watch)
    }
    this.lend()
    if (this.watches.size === 0) return
    this.sweeping = true
    this.later(SWEEP_MS, () => this.sweep())
  }

  private recycle(sandbox: Sandbox, watch: Watch): void {
    const { throttle } = this
    const now = this.init.now()
    // No call can be why: what the last one left running is over.
    const isOver = now - sandbox.usedMs > BACKGROUND_MAX_MS + SWEEP_MS
    const burns = isOver && (throttle.latelyMs(sandbox) > IDLE_CPU_MAX_MS || throttle.holds(sandbox))
    if (throttle.minds(sandbox)) this.lookSoon()
    if (burns || isSpent(sandbox, watch.memoryBytes, now)) sandbox.kill()
  }

  /** All together may not take more processor time than was lent, nor those of one publisher more than was lent to it. */
  private ration(looked: ReadonlySet<Watch>): void {
    const open = [...this.watches].filter(([sandbox]) => sandbox.ready && !sandbox.closed)
    for (const [sandbox, watch] of open) {
      const owedMs = watch.settle(looked.has(watch))
      if (owedMs !== 0) this.init.onOwed(sandbox, owedMs)
    }
    this.throttle.look(
      this.init.lent.cores,
      open.flatMap(([sandbox, { cpuMs }]) => (cpuMs === undefined ? [] : [[sandbox, cpuMs] as const])),
    )
  }

  /** Nor more memory. */
  private lend(): void {
    const { pool, lent } = this.init
    pool.tight.clear()
    if (!this.mayBeTooMuch()) return
    const { memoryMb } = lent
    const open = [...this.watches].filter(([sandbox]) => !sandbox.closed).map(holderOf)
    const allMb = sumMb(open)
    if (allMb > memoryMb) return end(open, pool.idlest(), lendsTooLittle('all functions', memoryMb))
    if (isTight(allMb, memoryMb)) {
      for (const { cordon } of open) pool.tight.add(cordon)
      giveBack(pool, open)
    }
    for (const [cordon, own] of Map.groupBy(open, (one) => one.cordon)) {
      const { sandbox } = own.reduce((newest, one) => (one.sandbox.usedMs > newest.sandbox.usedMs ? one : newest))
      const lentMb = sandbox.share.memoryMb
      // What an empty process takes is not its publisher's doing.
      const heldMb = sumMb(own.map((one) => ({ memoryBytes: one.memoryBytes - one.sandbox.process.baseBytes })))
      if (lentMb === undefined) continue
      if (heldMb > lentMb) end(own, pool.idlest(cordon), lendsTooLittle('all functions of its publisher', lentMb))
      else if (isTight(heldMb, lentMb)) {
        pool.tight.add(cordon)
        giveBack(pool, own)
      }
    }
  }

  private mayBeTooMuch(): boolean {
    let bytes = 0
    for (const [{ closed, share }, { memoryBytes }] of this.watches) {
      if (closed) continue
      if (share.memoryMb !== undefined) return true
      bytes += memoryBytes
    }
    return bytes > this.init.lent.memoryMb * BYTES_PER_MB * EXTRA_MEMORY_PART
  }

  /** After whatever came in meanwhile was read: a process must not die for an answer that lies in our own buffer. */
  private later(ms: number, run: (sharedMs: number) => void): void {
    this.init.timers.after(ms, () => {
      for (const sandbox of this.watches.keys()) sandbox.process.listen()
      setImmediate(run, sharedNow())
    })
  }
}

const BYTES_PER_MB: number = 1024 * 1024

interface SandboxHolder extends Holder {
  sandbox: Sandbox
}

function holderOf([sandbox, { memoryBytes }]: [Sandbox, Watch]): SandboxHolder {
  const newestMs = Math.min(...[...sandbox.calls.values()].map(({ waitedMs }) => waitedMs))
  const { cordon, share } = sandbox
  return { sandbox, group: share.group, weight: share.weight, cordon, memoryBytes, newestMs }
}

function sumMb(holders: readonly { memoryBytes: number }[]): number {
  return holders.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0) / BYTES_PER_MB
}

/** It is not too much yet. */
function isTight(heldMb: number, lentMb: number): boolean {
  return heldMb > lentMb * EXTRA_MEMORY_PART
}

/** Extra processes go, one after the other, and idle ones first. */
function giveBack(pool: Pool, holders: SandboxHolder[]): void {
  if (holders.some(({ sandbox }) => sandbox.goesSoon)) return
  const extra = holders.filter(({ sandbox }) => !sandbox.leaving && pool.isExtra(sandbox))
  const idle = extra.find(({ sandbox }) => sandbox.idle)
  const goes = idle ?? greediest(extra)
  goes?.sandbox.leave()
}

/** An idle process goes first, then one of the greediest. */
function end(holders: SandboxHolder[], idlest: Sandbox | undefined, error: HitherError): void {
  if (idlest !== undefined) idlest.kill()
  else greediest(holders)?.sandbox.kill({ guilty: () => true, error })
}
