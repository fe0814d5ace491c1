import type { Clock } from '@hither/core'
import { LOAD_CPU_MS, LOAD_WAIT_MS } from '../guest/wall/limits.ts'
import { STARVED_PART } from '../ipc/limits.ts'
import { asleep, overCpu, overLoadCpu, overMemory, wontYield, type Blame } from './blame.ts'
import type { Sandbox } from './sandbox.ts'
import {
  ASLEEP_MAX_MS,
  CPU_SLACK_MS,
  HEAVY_LOAD_MS,
  HEAVY_MS,
  MEMORY_SLACK_BYTES,
  NEAR_BYTES,
  UNANSWERED_MAX_MS,
  UNANSWERED_TURNS_MAX,
  WATCH_MS,
  YIELD_GRACE_MS,
} from './limits.ts'
import type { Sample } from './proc.ts'
import type { Residents, Resident } from './residents.ts'
import type { Ticket } from './ticket.ts'
import type { Held } from './turns.ts'

/** What is to be done about a process. */
export type Verdict = { kill: Blame } | Stuck | undefined

/** The turn at hand lasts: by the processor time that it took, or only since it gets none. */
interface Stuck {
  stuck: string
  burned: boolean
}

/** Watches one process while calls run in it: the limits that its own timers do not hold. */
export class Watch {
  private readonly sandbox: Sandbox
  private readonly now: Clock
  /** The turn at hand, and when it was first seen. */
  private mark: { serial: number; atMs: number; cpuMs: number } | undefined
  private last: Sample | undefined
  private lookedMs = 0
  /** How long the turn at hand has been asleep, as far as it was seen. */
  private asleepMs = 0
  /** Turns that were seen while a call was late with its end. */
  private readonly begunInSilence = new Set<number>()
  /** It could be over its limit of memory before long. */
  near = false

  constructor(sandbox: Sandbox, now: Clock) {
    this.sandbox = sandbox
    this.now = now
  }

  /** Memory of its own when it was last looked at, in bytes. */
  get memoryBytes(): number {
    return this.last?.memoryBytes ?? 0
  }

  /** The processor time that it has taken, in ms, when it was last looked at. */
  get cpuMs(): number | undefined {
    return this.last?.cpuMs
  }

  /** What its publisher is to be charged with beside what its calls say that they took, in ms. Was it looked at just now? */
  settle(lookedNow: boolean): number {
    const { calls, arrears } = this.sandbox
    if (this.last === undefined) return 0
    return arrears.settle(
      this.last.cpuMs,
      calls.values().reduce((sum, { seenCpuMs }) => sum + seenCpuMs, 0),
      lookedNow,
    )
  }

  /** While nothing runs. */
  glance(): void {
    this.last = this.sandbox.process.probe.read()
    this.near = false
  }

  look(): Verdict {
    const { sandbox } = this
    if (!sandbox.ready) return undefined
    const { held } = sandbox.turns
    const sample = sandbox.process.probe.read()
    this.countSleep(held, sample)
    this.attribute(held, sample)
    this.last = sample
    return this.overMemory(sample) ?? this.sleeping(held) ?? this.overTime(held, sample)
  }

  /** Charges what was used since the last look to whoever had the thread all the time. */
  private attribute(held: Held<Ticket> | undefined, sample: Sample | undefined): void {
    const { sandbox, last } = this
    const [only, ...others] = sandbox.turns.takeHolders()
    if (sample !== undefined && last !== undefined && only !== undefined && others.length === 0) {
      const resident = sandbox.residents.numberOf(only)
      if (resident !== undefined) {
        resident.grownBytes = Math.max(0, resident.grownBytes + sample.memoryBytes - last.memoryBytes)
      }
    }
    if (held === undefined) {
      this.mark = undefined
    } else if (this.mark?.serial !== held.serial) {
      this.mark = { serial: held.serial, atMs: held.sinceMs, cpuMs: sample?.cpuMs ?? 0 }
    } else if (sample !== undefined && last !== undefined && held.turn?.kind !== 'load') {
      const sharers = this.holdersOf(held)
      for (const ticket of sharers) ticket.seenCpuMs += (sample.cpuMs - last.cpuMs) / sharers.length
    }
  }

  private overTime(held: Held<Ticket> | undefined, sample: Sample | undefined): Verdict {
    const { sandbox, mark } = this
    const silent = [...sandbox.calls.values()].find((ticket) => this.waitedMs(ticket.cancelledMs) > UNANSWERED_MAX_MS)
    if (silent !== undefined && this.couldAnswer(held)) return { kill: wontYield(silent) }
    if (silent === undefined) this.begunInSilence.clear()
    if (held === undefined || mark === undefined) return undefined
    const resident = sandbox.residents.numberOf(held.fn)
    const loading = held.turn?.kind === 'load'
    const burnedMs = sample === undefined ? 0 : sample.cpuMs - mark.cpuMs
    if (loading && resident !== undefined && burnedMs > LOAD_CPU_MS + CPU_SLACK_MS)
      return { kill: overLoadCpu(resident) }
    const holders = this.holdersOf(held)
    const burner = holders.find(({ seenCpuMs, job }) => seenCpuMs > job.manifest.limits.cpuMs + CPU_SLACK_MS)
    if (burner !== undefined) return { kill: overCpu(burner) }
    const heldMs = this.stuckMs(mark, sample)
    const cancelled = holders.find(
      ({ cancelledMs }) => heldMs > YIELD_GRACE_MS && this.waitedMs(cancelledMs) > YIELD_GRACE_MS,
    )
    if (cancelled !== undefined) return { kill: wontYield(cancelled) }
    // What it left running after its last answer.
    if (holders.length === 0 && heldMs > (resident?.cpuMs ?? 0) + CPU_SLACK_MS) return { kill: wontYield(undefined) }
    const key = resident?.key
    const maxMs = loading ? HEAVY_LOAD_MS : HEAVY_MS
    if (sandbox.burns || key === undefined || heldMs <= maxMs) return undefined
    // Where it cannot be measured, the clock is all that there is.
    return { stuck: key, burned: sample === undefined || burnedMs > maxMs }
  }

  /** Its thread is free, or is given to one turn after another: it hears of what is cancelled between them. */
  private couldAnswer(held: Held<Ticket> | undefined): boolean {
    if (held === undefined) return true
    this.begunInSilence.add(held.serial)
    return this.begunInSilence.size > UNANSWERED_TURNS_MAX
  }

  /** Only what was looked at counts: the machine may have been asleep itself. */
  private countSleep(held: Held<Ticket> | undefined, sample: Sample | undefined): void {
    const sleeps = held !== undefined && this.mark?.serial === held.serial && sample?.asleep === true
    const sinceMs = Math.min(this.now() - this.lookedMs, WATCH_MS)
    const idle = sleeps && sample.cpuMs === this.last?.cpuMs && this.sandbox.process.probe.rests()
    this.asleepMs = idle ? this.asleepMs + sinceMs : 0
    this.lookedMs = this.now()
  }

  private sleeping(held: Held<Ticket> | undefined): Verdict {
    // A top-level await is waited for asleep.
    const maxMs = held?.turn?.kind === 'load' ? ASLEEP_MAX_MS + LOAD_WAIT_MS : ASLEEP_MAX_MS
    if (held === undefined || this.asleepMs <= maxMs) return undefined
    return { kill: asleep(this.sandbox.residents.numberOf(held.fn)) }
  }

  private overMemory(sample: Sample | undefined): Verdict {
    const { process, residents } = this.sandbox
    const suspect = mostGrown(residents)
    if (sample === undefined || suspect === undefined) return undefined
    let allowedBytes = process.baseBytes + MEMORY_SLACK_BYTES + suspect.memoryBytes
    for (const other of residents.all()) {
      if (other !== suspect) allowedBytes += other.calls.size > 0 ? other.memoryBytes : other.heapBytes
    }
    this.near = sample.memoryBytes > allowedBytes - NEAR_BYTES
    return sample.memoryBytes > allowedBytes ? { kill: overMemory(suspect) } : undefined
  }

  /** The calls of which one has the thread. */
  private holdersOf({ turn, fn }: Held<Ticket>): Ticket[] {
    if (turn !== undefined) return [turn.owner]
    return [...(this.sandbox.residents.numberOf(fn)?.calls ?? [])]
  }

  /** How long the turn has lasted, where waiting for the processor counts for little. */
  private stuckMs(mark: { atMs: number; cpuMs: number }, sample: Sample | undefined): number {
    const wallMs = this.now() - mark.atMs
    return sample === undefined ? wallMs : Math.max(sample.cpuMs - mark.cpuMs, wallMs * STARVED_PART)
  }

  private waitedMs(sinceMs: number | undefined): number {
    return sinceMs === undefined ? 0 : this.now() - sinceMs
  }
}

function mostGrown(residents: Residents): Resident | undefined {
  let most: Resident | undefined
  for (const one of residents.all()) if (most === undefined || one.grownBytes > most.grownBytes) most = one
  return most
}
