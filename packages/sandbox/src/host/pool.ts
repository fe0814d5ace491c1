import type { CID } from '@hither/core'
import { ofGreediest, type Holding } from './greed.ts'
import type { Sandbox } from './sandbox.ts'
import {
  IDLE_MS,
  PROCESSES_LEFT,
  PROCESSES_MAX,
  PROCESS_MB,
  RECYCLE_CALLS,
  RECYCLE_GROWTH_BYTES,
  WARM_MAX,
} from './limits.ts'
import type { Resident } from './residents.ts'

const NONE: readonly Sandbox[] = []

/** All sandbox processes that serve a cordon, and which of them may go. */
export class Pool {
  private readonly byCordon = new Map<string, Sandbox[]>()
  /** The cordons that hold nearly as much memory as they may, as far as was seen: what grows for them would go at once. */
  readonly tight: Set<string> = new Set()
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
  of(cordon: string): readonly Sandbox[] {
    const all = this.byCordon.get(cordon) ?? NONE
    return all.every(({ open }) => open) ? all : all.filter(({ open }) => open)
  }

  /** There may be no room for some. */
  get crowded(): boolean {
    return this.count >= this.max - Math.floor(this.max * PROCESSES_LEFT)
  }

  /** May this group have a process more? Who has some leaves the last ones to those who have none. */
  hasRoom(group: string): boolean {
    const hasSome = [...this].some(({ share }) => share.group === group)
    return this.count < (hasSome ? this.max - Math.floor(this.max * PROCESSES_LEFT) : this.max)
  }

  /** There is no process more to be had, not even by ending one, before calls of those that have them are over, but for those that are soon. */
  isTaken(group: string): boolean {
    return !this.hasRoom(group) && !this.ending && this.idlest() === undefined && this.extra() === undefined
  }

  /** One of them goes, so that there is room for one: as soon as it has no calls. */
  makeRoom(): void {
    const idle = this.idlest()
    if (idle !== undefined) return idle.kill()
    const extra = this.extra()
    if (extra?.leaving === false) extra.leave()
  }

  /** One of them is being ended. */
  get ending(): boolean {
    return [...this].some(({ closed }) => closed)
  }

  add(sandbox: Sandbox): void {
    const others = this.byCordon.get(sandbox.cordon)
    if (others === undefined) this.byCordon.set(sandbox.cordon, [sandbox])
    else others.push(sandbox)
    this.count += 1
  }

  remove(sandbox: Sandbox): void {
    const others = this.byCordon.get(sandbox.cordon)
    const index = others?.indexOf(sandbox) ?? -1
    if (others === undefined || index < 0) return
    others.splice(index, 1)
    if (others.length === 0) this.byCordon.delete(sandbox.cordon)
    this.count -= 1
  }

  get burning(): number {
    let burning = 0
    for (const sandbox of this) if (sandbox.burning) burning += 1
    return burning
  }

  /** The one that was not used for the longest time and has no calls, and an extra one before others; of a cordon, if so wished. */
  idlest(cordon?: string): Sandbox | undefined {
    let idlest: Sandbox | undefined
    for (const sandbox of cordon === undefined ? this : (this.byCordon.get(cordon) ?? NONE)) {
      if (sandbox.closed || sandbox.calls.size > 0) continue
      if (idlest === undefined || this.goesBefore(sandbox, idlest)) idlest = sandbox
    }
    return idlest
  }

  /** It is there only for functions that had no room in others of its cordon, as long as there are others. */
  isExtra(sandbox: Sandbox): boolean {
    return sandbox.extra && this.of(sandbox.cordon).some((one) => one !== sandbox)
  }

  /** One was told to leave a moment ago, and is still there. Calls that last keep it for minutes, which is nobody else's affair. */
  get isGivingBack(): boolean {
    return [...this].some(({ goesSoon, closed }) => goesSoon && !closed)
  }

  /** An extra one: the one that goes soon, if there is such a one; else one that may be told to. */
  private extra(): Sandbox | undefined {
    const open = [...this].filter(({ closed }) => !closed)
    return open.find(({ goesSoon }) => goesSoon) ?? open.find((one) => !one.leaving && this.isExtra(one))
  }

  private goesBefore(one: Sandbox, other: Sandbox): boolean {
    const isExtra = this.isExtra(one)
    return isExtra === this.isExtra(other) ? one.usedMs < other.usedMs : isExtra
  }

  /** Functions that are warm, each as often as it is. */
  get warmCount(): number {
    let count = 0
    for (const { open, residents } of this) if (open) count += residents.count
    return count
  }

  /** Functions that would start warm, the most recently used first. */
  warm(): Resident[] {
    const newest = new Map<string, Resident>()
    for (const sandbox of this) {
      if (!sandbox.open) continue
      for (const resident of sandbox.residents.takers()) {
        if ((newest.get(resident.key)?.usedMs ?? -1) < resident.usedMs) newest.set(resident.key, resident)
      }
    }
    return [...newest.values()].sort((a, b) => b.usedMs - a.usedMs)
  }

  /** Whether it is among those. */
  isWarm(cid: CID): boolean {
    for (const { open, residents } of this) if (open && residents.hasFunction(cid)) return true
    return false
  }

  /** Drops the least recently used functions of a cordon that may have so many. */
  trimOf(cordon: string, max: number): void {
    const keys = new Map<string, number>()
    for (const { residents } of this.of(cordon)) {
      for (const { key, calls, usedMs } of residents.takers()) {
        keys.set(key, Math.max(keys.get(key) ?? 0, calls.size > 0 ? Infinity : usedMs))
      }
    }
    const newest = [...keys].sort(([, a], [, b]) => b - a)
    for (const [key, usedMs] of newest.slice(max)) {
      if (usedMs === Infinity) continue
      for (const sandbox of this.of(cordon)) {
        const resident = sandbox.residents.get(key)
        if (resident !== undefined) sandbox.unload(resident)
      }
    }
  }

  /** While there are too many in all, whoever has most of those without calls gives the least recently used. */
  trim(): void {
    for (let over = this.warmCount - WARM_MAX; over > 0; over -= 1) {
      const idle = [...this].filter(({ open }) => open).flatMap(idleIn)
      const [first, ...others] = ofGreediest(idle, () => 1)
      if (first === undefined) return
      const { sandbox, resident } = others.reduce((a, b) => (b.resident.usedMs < a.resident.usedMs ? b : a), first)
      sandbox.unload(resident)
    }
  }
}

interface Idle extends Holding {
  sandbox: Sandbox
  resident: Resident
}

function idleIn(sandbox: Sandbox): Idle[] {
  const { cordon, share } = sandbox
  return [...sandbox.residents.takers()]
    .filter(({ calls }) => calls.size === 0)
    .map((resident) => ({ sandbox, resident, cordon, group: share.group, weight: share.weight }))
}

/** At least one that burns and one that serves the light. */
function processesIn(memoryMb: number): number {
  return Math.min(PROCESSES_MAX, Math.max(2, Math.floor(memoryMb / PROCESS_MB)))
}

/** Should this process end, now that nothing runs in it? */
export function isSpent(sandbox: Sandbox, memoryBytes: number, now: number): boolean {
  if (!sandbox.idle) return false
  if (sandbox.leaving || now - sandbox.usedMs > IDLE_MS || sandbox.served >= RECYCLE_CALLS) return true
  return memoryBytes > knownBytesOf(sandbox) + RECYCLE_GROWTH_BYTES
}

/** What it holds itself, and its functions held when their last calls ended. */
export function knownBytesOf({ process, residents }: Sandbox): number {
  let bytes = process.baseBytes
  for (const { heapBytes } of residents.all()) bytes += heapBytes
  return bytes
}
