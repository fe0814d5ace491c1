import type { Sandbox } from './sandbox.ts'
import { IDLE_MS, PROCESSES_MAX, PROCESS_MB, RECYCLE_CALLS, RECYCLE_GROWTH_BYTES, WARM_MAX } from './limits.ts'
import type { Resident } from './residents.ts'

/** All sandbox processes that serve a cordon, and which of them may go. */
export class Pool {
  private readonly byCordon = new Map<string, Set<Sandbox>>()
  private max: number
  private count = 0

  constructor(memoryMb: number) {
    this.max = processesIn(memoryMb)
  }

  /** So much from now on. Gives those that are too many, as far as they have no calls. */
  lend(memoryMb: number): Sandbox[] {
    this.max = processesIn(memoryMb)
    const idle = [...this].filter(({ closed, calls }) => !closed && calls.size === 0)
    return idle.sort((a, b) => a.usedMs - b.usedMs).slice(0, Math.max(0, this.count - this.max))
  }

  *[Symbol.iterator](): Generator<Sandbox> {
    for (const sandboxes of this.byCordon.values()) yield* sandboxes
  }

  /** Those of one cordon that take calls. */
  of(cordon: string): Sandbox[] {
    return [...(this.byCordon.get(cordon) ?? [])].filter(({ closed }) => !closed)
  }

  /** Calls that processes of this cordon have. */
  callsOf(cordon: string): number {
    let calls = 0
    for (const sandbox of this.byCordon.get(cordon) ?? []) calls += sandbox.calls.size
    return calls
  }

  get full(): boolean {
    return this.count >= this.max
  }

  /** There is no process more to be had, not even by ending one, before calls of those that have them are over. */
  get taken(): boolean {
    return this.full && !this.ending && this.idlest() === undefined
  }

  /** One of them is being ended. */
  get ending(): boolean {
    return [...this].some(({ closed }) => closed)
  }

  add(sandbox: Sandbox): void {
    const others = this.byCordon.get(sandbox.cordon)
    if (others === undefined) this.byCordon.set(sandbox.cordon, new Set([sandbox]))
    else others.add(sandbox)
    this.count += 1
  }

  remove(sandbox: Sandbox): void {
    const others = this.byCordon.get(sandbox.cordon)
    if (others?.delete(sandbox) !== true) return
    if (others.size === 0) this.byCordon.delete(sandbox.cordon)
    this.count -= 1
  }

  get burning(): number {
    let burning = 0
    for (const sandbox of this) if (sandbox.burning) burning += 1
    return burning
  }

  /** The one that was not used for the longest time and has no calls. */
  idlest(): Sandbox | undefined {
    let idlest: Sandbox | undefined
    for (const sandbox of this) {
      if (sandbox.closed || sandbox.calls.size > 0) continue
      if (idlest === undefined || sandbox.usedMs < idlest.usedMs) idlest = sandbox
    }
    return idlest
  }

  /** Functions that would start warm, the most recently used first. */
  warm(): Resident[] {
    const newest = new Map<string, Resident>()
    for (const sandbox of this) {
      if (sandbox.closed) continue
      for (const resident of sandbox.residents.takers()) {
        if ((newest.get(resident.key)?.usedMs ?? -1) < resident.usedMs) newest.set(resident.key, resident)
      }
    }
    return [...newest.values()].sort((a, b) => b.usedMs - a.usedMs)
  }

  /** Drops the least recently used functions while there are too many in all. */
  trim(): void {
    const idle = [...this].flatMap((sandbox) =>
      [...sandbox.residents.takers()]
        .filter(({ calls }) => calls.size === 0)
        .map((resident) => ({ sandbox, resident })),
    )
    const total = [...this].reduce((sum, sandbox) => sum + [...sandbox.residents.takers()].length, 0)
    idle.sort((a, b) => a.resident.usedMs - b.resident.usedMs)
    for (const { sandbox, resident } of idle.slice(0, Math.max(0, total - WARM_MAX))) sandbox.unload(resident)
  }
}

/** At least one that burns and one that serves the light. */
function processesIn(memoryMb: number): number {
  return Math.min(PROCESSES_MAX, Math.max(2, Math.floor(memoryMb / PROCESS_MB)))
}

/** Should this process end, now that nothing runs in it? */
export function isSpent(sandbox: Sandbox, memoryBytes: number, now: number): boolean {
  if (sandbox.calls.size > 0) return false
  if (now - sandbox.usedMs > IDLE_MS || sandbox.served >= RECYCLE_CALLS) return true
  let knownBytes = sandbox.process.baseBytes
  for (const { heapBytes } of sandbox.residents.all()) knownBytes += heapBytes
  return memoryBytes > knownBytes + RECYCLE_GROWTH_BYTES
}
