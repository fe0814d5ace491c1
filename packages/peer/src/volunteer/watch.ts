import { toHitherError, type Clock } from '@hither/core'
import type { AnyDetector, Readings, Told } from './detector.ts'
import {
  BUSY_LOOK_MS,
  CALM_LOOK_MS,
  FRESH_MAX_MS,
  GONE_MS,
  HUNG_MAX,
  READ_MAX_MS,
  RETRY_MS,
  STALE_MS,
} from './limits.ts'
import type { Timers } from '../timers.ts'

export interface WatchInit {
  detectors: readonly AnyDetector[]
  timers: Timers
  now: Clock
  /** What has to be known. Nothing else is read. */
  needed(): ReadonlySet<Told>
  /** Calls run, or have come just now. */
  busy(): boolean
  /** Something was read, or was not and should have been, or some time has passed. */
  onLook(): void
}

/** What is known of one detector. */
export interface DetectorState {
  name: string
  tells: Told
  by: string
  works: boolean
  /** What it last read. */
  reading?: Readings[Told]
  /** Why it does not work here, or has not answered. */
  why?: string
}

/** Looks at the machine: often while calls run, seldom else, and waits for no detector. */
export interface Watch {
  /** Asks every detector once. Resolves when they have answered, or had their time. */
  probe(): Promise<void>
  start(): void
  stop(): void
  /** A call has come: look often from now on. */
  hurry(): void
  /** The same, and where nothing was read of late it is read now: resolves when it was, or after FRESH_MAX_MS. */
  fresh(): Promise<void> | undefined
  readings(): Partial<Readings>
  states(): DetectorState[]
}

export function watch(init: WatchInit): Watch {
  return new MachineWatch(init)
}

interface Entry {
  detector: AnyDetector
  /** What it last read, be it before it failed. */
  value?: { is: Readings[Told] | undefined; at: number }
  failed?: { why: string; at: number }
  /** It was asked and has not answered, maybe never will. */
  asked: boolean
  late: boolean
}

class MachineWatch implements Watch {
  private readonly init: WatchInit
  private readonly entries: Entry[]
  private running = false
  private lookedAt = -Infinity
  /** Calls wait for it. */
  private looking: Promise<void> | undefined
  private nextAt = Infinity
  private callOff: () => void = () => {}

  constructor(init: WatchInit) {
    this.init = init
    this.entries = init.detectors.map((detector) => ({ detector, asked: false, late: false }))
  }

  async probe(): Promise<void> {
    await Promise.all(this.entries.map((entry) => this.ask(entry)))
  }

  start(): void {
    if (this.running) return
    this.running = true
    void this.look()
  }

  stop(): void {
    this.running = false
    this.callOff()
  }

  hurry(): void {
    const soon = Math.max(this.init.now(), this.lookedAt + BUSY_LOOK_MS)
    if (this.running && soon < this.nextAt) this.lookAt(soon)
  }

  fresh(): Promise<void> | undefined {
    if (this.running && this.init.now() - this.lookedAt >= BUSY_LOOK_MS) this.lookInTime()
    else this.hurry()
    return this.looking
  }

  readings(): Partial<Readings> {
    const now = this.init.now()
    const known: Partial<Readings> = {}
    const silent = new Set<Told>()
    for (const entry of this.entries) {
      const { value, failed } = entry
      const { tells, partial } = entry.detector
      if (value?.is === undefined) continue
      if (failed !== undefined || now - value.at > STALE_MS) {
        // What sees less must not be taken for it meanwhile.
        if (partial !== true && isAway(entry, now)) silent.add(tells)
        continue
      }
      // Of two that tell when the owner was last here, one saw more.
      Object.assign(known, {
        [tells]: tells === 'idleMs' ? Math.min(known.idleMs ?? Infinity, Number(value.is)) : value.is,
      })
    }
    for (const tells of silent) delete known[tells]
    return known
  }

  states(): DetectorState[] {
    return this.entries.map(({ detector: { name, tells, by }, value, failed, late }) => ({
      name,
      tells,
      by,
      works: failed === undefined && !late,
      ...(value?.is !== undefined && failed === undefined && { reading: value.is }),
      ...(failed !== undefined && { why: failed.why }),
      ...(late && { why: 'it does not answer' }),
    }))
  }

  private lookInTime(): void {
    const look = this.look()
    const looking = new Promise<void>((resolve) => {
      const end = (): void => {
        callOff()
        // One that answered late must not end the wait for the next.
        if (this.looking === looking) this.looking = undefined
        resolve()
      }
      const callOff = this.init.timers.after(FRESH_MAX_MS, end)
      void look.then(end)
    })
    this.looking = looking
  }

  /** Resolves when all that were asked have answered, or had their time. */
  private async look(): Promise<void> {
    const now = this.init.now()
    this.lookedAt = now
    const needed = this.init.needed()
    const asked: Promise<void>[] = []
    for (const entry of this.entries) {
      // Each decision waits for one detector only.
      if (needed.has(entry.detector.tells) && !rests(entry, now)) asked.push(this.ask(entry).then(() => this.decide()))
    }
    this.decide()
    this.lookAt(now + (this.init.busy() ? BUSY_LOOK_MS : CALM_LOOK_MS))
    await Promise.all(asked)
  }

  private decide(): void {
    if (this.running) this.init.onLook()
  }

  private lookAt(at: number): void {
    this.callOff()
    this.nextAt = at
    this.callOff = this.init.timers.after(Math.max(0, at - this.init.now()), () => {
      if (this.running) void this.look()
    })
  }

  /** Never rejects, and never lasts longer than a detector may take. */
  private ask(entry: Entry): Promise<void> {
    if (entry.asked || this.entries.filter(({ late }) => late).length >= HUNG_MAX) return Promise.resolve()
    entry.asked = true
    return new Promise((resolve) => {
      const callOff = this.init.timers.after(READ_MAX_MS, () => {
        entry.late = true
        resolve()
      })
      const answered = (): void => {
        entry.asked = false
        entry.late = false
        callOff()
        resolve()
      }
      this.read(entry).then(answered, answered)
    })
  }

  private async read(entry: Entry): Promise<void> {
    try {
      const is = await entry.detector.read()
      entry.value = { is, at: this.init.now() }
      delete entry.failed
    } catch (thrown) {
      entry.failed = { why: toHitherError(thrown).message, at: this.init.now() }
    }
  }
}

function rests(entry: Entry, now: number): boolean {
  const { detector, value, failed } = entry
  const askedAt = Math.max(value?.at ?? -Infinity, failed?.at ?? -Infinity)
  const isBroken = failed !== undefined && !isAway(entry, now)
  return now - askedAt < (isBroken ? RETRY_MS : detector.seldom === true ? CALM_LOOK_MS : 0)
}

/** It has worked, and may again in a moment. */
function isAway({ value, failed, late }: Entry, now: number): boolean {
  return value?.is !== undefined && now - value.at <= GONE_MS && (failed !== undefined || late)
}
