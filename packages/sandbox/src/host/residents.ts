import { FleetingSet, type CID, type Clock } from '@hither/core'
import { LogBudget } from '../ipc/log-budget.ts'
import { IDLE_MS, REMEMBERED_BUNDLES_MAX, WARM_HEAP_MAX_BYTES, WARM_PER_PROCESS_MAX } from './limits.ts'
import type { Redactor } from './redact.ts'
import type { Ticket } from './ticket.ts'

/** A function in a process. */
export interface Resident {
  /** How the process knows it. */
  number: number
  key: string
  /** As its ticket has it: of one slot there is one version in a process, besides those that old calls still use. */
  slot: string
  cid: CID
  /** The CID of its code. Functions can share it. */
  bundle: string
  memoryBytes: number
  /** Of one call. */
  cpuMs: number
  loading: boolean
  /** It has had no call yet. */
  fresh: boolean
  calls: FleetingSet<Ticket>
  /** Its heap when its last call ended, in bytes. */
  heapBytes: number
  /** Memory of the process that came while it alone had the thread, in bytes. */
  grownBytes: number
  usedMs: number
  logs: LogBudget
  redact: Redactor
}

const NOBODY: readonly Resident[] = []

/** The functions in one process. */
export class Residents {
  private readonly now: Clock
  private readonly warm = new Map<string, Resident>()
  /** With those that take no new calls and still have old ones. */
  private readonly numbered = new Map<number, Resident>()
  /** Bundles whose code the process said that it remembers, the first to say so first. */
  private readonly remembered = new Set<string>()
  private lastNumber = 0

  constructor(now: Clock) {
    this.now = now
  }

  get(key: string): Resident | undefined {
    return this.warm.get(key)
  }

  numberOf(number: number): Resident | undefined {
    return this.numbered.get(number)
  }

  /** All that still take room in the process. */
  all(): Iterable<Resident> {
    return this.numbered.values()
  }

  /** Does it take new calls, with whatever secrets? */
  hasFunction(cid: CID): boolean {
    // Few have secrets.
    if (this.warm.has(cid.toString())) return true
    for (const { key, slot, cid: own } of this.warm.values()) if (key !== slot && own.equals(cid)) return true
    return false
  }

  get count(): number {
    return this.warm.size
  }

  /** How many there ever were. */
  get loaded(): number {
    return this.lastNumber
  }

  /** Those that take new calls. */
  takers(): Iterable<Resident> {
    return this.warm.values()
  }

  /** Those that what comes now takes the place of: the same function with secrets that have changed since. */
  outdated({ key, slot }: Ticket): readonly Resident[] {
    // Only secrets make versions.
    if (key === slot) return NOBODY
    return [...this.warm.values()].filter((one) => one.slot === slot && one.key !== key)
  }

  /** Does it need no code for this one? As it says: where it does not, it says that too. */
  remembers(bundle: string): boolean {
    return this.remembered.has(bundle)
  }

  /** It remembers the bundle of this function from now on. */
  learn({ bundle }: Resident): void {
    this.remembered.add(bundle)
    const [oldest] = this.remembered
    if (oldest !== undefined && this.remembered.size > REMEMBERED_BUNDLES_MAX) this.remembered.delete(oldest)
  }

  /** Maybe it does not. */
  unlearn({ bundle }: Resident): void {
    this.remembered.delete(bundle)
  }

  add({ job, key, slot, bundle, redact }: Ticket): Resident {
    const { memoryMb, cpuMs } = job.manifest.limits
    this.lastNumber += 1
    const resident: Resident = {
      number: this.lastNumber,
      key,
      slot,
      cid: job.cid,
      bundle,
      memoryBytes: memoryMb * 1024 * 1024,
      cpuMs,
      loading: true,
      fresh: true,
      calls: new FleetingSet(),
      heapBytes: 0,
      grownBytes: 0,
      usedMs: this.now(),
      logs: new LogBudget(this.now),
      redact,
    }
    this.warm.set(key, resident)
    this.numbered.set(resident.number, resident)
    return resident
  }

  begin(resident: Resident, ticket: Ticket, now: number): void {
    resident.calls.add(ticket)
    resident.fresh = false
    resident.usedMs = now
    resident.logs.begin(resident.calls.size)
  }

  end(resident: Resident, ticket: Ticket, now: number): void {
    resident.calls.delete(ticket)
    resident.usedMs = now
    this.sweep(resident)
  }

  /** It takes no new calls from now on. */
  lose(resident: Resident): void {
    if (this.warm.get(resident.key) === resident) this.warm.delete(resident.key)
    this.sweep(resident)
  }

  /** Who has to make room for so many more, or is over the bounds already: the least recently used. */
  surplus(more: number): readonly Resident[] {
    let count = this.warm.size + more
    let heap = 0
    for (const { calls, heapBytes } of this.warm.values()) if (calls.size === 0) heap += heapBytes
    if (count <= WARM_PER_PROCESS_MAX && heap <= WARM_HEAP_MAX_BYTES) return NOBODY
    const idle = [...this.warm.values()].filter(({ calls }) => calls.size === 0)
    idle.sort((a, b) => a.usedMs - b.usedMs)
    return idle.filter(({ heapBytes }) => {
      if (count <= WARM_PER_PROCESS_MAX && heap <= WARM_HEAP_MAX_BYTES) return false
      count -= 1
      heap -= heapBytes
      return true
    })
  }

  /** Would one more, of a usual heap, take the place of one that was called lately? What nobody called for long is worth no process. */
  isFull(now: number): boolean {
    let [idle, heap, oldestMs] = [0, 0, now]
    for (const { calls, heapBytes, usedMs } of this.warm.values()) {
      if (calls.size > 0) continue
      idle += 1
      heap += heapBytes
      oldestMs = Math.min(oldestMs, usedMs)
    }
    const most = this.warm.size >= WARM_PER_PROCESS_MAX || (idle > 1 && heap + heap / idle > WARM_HEAP_MAX_BYTES)
    return most && now - oldestMs < IDLE_MS
  }

  private sweep(resident: Resident): void {
    if (resident.calls.size === 0 && this.warm.get(resident.key) !== resident) this.numbered.delete(resident.number)
  }
}
