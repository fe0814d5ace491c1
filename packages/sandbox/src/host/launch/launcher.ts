import type { Jail, Profile } from '@hither/core'
import type { Timers } from '../timers.ts'
import type { Command } from './command.ts'
import { isAtFloor } from './floor.ts'
import { layersOf } from './layers.ts'
import { threadsOf, type Machine } from './machine.ts'
import { commandOf } from './recipe.ts'
import { threadLimit } from './rlimits.ts'
import { unprivileged } from './unprivileged.ts'
import type { Snapshot } from './snapshot.ts'
import { plain, survey, type Survey } from './survey.ts'

/** How processes of one profile are started, and what is done to them from outside before they get anything to run. */
export interface Launch {
  command(): Command
  /** Gives back how to tidy up when the process is gone. */
  confine(pid: number): Promise<() => void>
}

export interface LauncherInit {
  machine: Machine
  timers: Timers
  /** Lent to all processes together now: more than that is nobody's. */
  memoryMb: () => number
  /** The owner runs strangers' code even where nothing but a process stands around it. */
  weakJail: boolean
}

/** WebAssembly keeps to the limits that JavaScript has: V8 ends it by time, the watch over its process by memory. An interpreter has none. */
const GRANTS: Required<Jail['grants']> = { trusted: ['wasm'], strangers: [] }

/** Knows of which layers processes are started here, and says what they come to. */
export class Launcher {
  private readonly init: LauncherInit
  private readonly upToDate: boolean
  private found: Survey
  private layers: Jail['layers'] = []
  private unfit = false
  private exploring: Promise<void> | undefined
  private readonly snapshots = new Map<Profile, Snapshot>()

  constructor(init: LauncherInit) {
    this.init = init
    this.upToDate = isAtFloor(init.machine.nodeVersion)
    this.found = { recipe: plain(init.machine), tier: 'process', failures: [] }
  }

  /** Tries what this machine has, once. Until then processes are started plainly. */
  explore(): Promise<void> {
    return (this.exploring ??= this.survey())
  }

  private async survey(): Promise<void> {
    const { machine, timers } = this.init
    this.found = await survey(machine, timers)
    this.layers = layersOf(machine, this.found)
  }

  /** Has processes of this profile start from a snapshot, from when there is one. They can start without. */
  async freeze(profile: Profile): Promise<void> {
    const snapshot = await this.init.machine.snapshot(profile)
    if (snapshot === undefined) return
    // Where it was started twice.
    this.snapshots.get(profile)?.close()
    this.snapshots.set(profile, snapshot)
  }

  /** No more processes are started. */
  close(): void {
    for (const snapshot of this.snapshots.values()) snapshot.close()
    this.snapshots.clear()
  }

  /** A process of strangers does not start here, though one of trusted publishers does. */
  refuseStrangers(why: string): void {
    this.unfit = true
    this.layers = this.layers.map((layer) => (layer.name === 'interpreter' ? { ...layer, works: false, why } : layer))
  }

  jail(): Jail {
    const tier = this.upToDate ? this.found.tier : 'process'
    const { trusted, strangers } = GRANTS
    const admitted = !this.unfit && (tier !== 'process' || this.init.weakJail)
    return { tier, layers: this.layers, grants: { trusted, ...(admitted && { strangers }) } }
  }

  launch(profile: Profile): Launch {
    return {
      command: () => commandOf(this.found.recipe, profile, { snapshot: this.snapshots.get(profile) }),
      confine: (pid) => this.confine(pid),
    }
  }

  private async confine(pid: number): Promise<() => void> {
    const { recipe, cgroups } = this.found
    const { machine, memoryMb } = this.init
    const threads = threadsOf(machine)
    const { wall, prlimit, setpriv } = recipe
    if (wall !== undefined && prlimit !== undefined) {
      // As the same user: in containers not even root may do it for others.
      const user = setpriv === undefined ? [] : unprivileged(setpriv)
      const [file = '', ...args] = [...user, ...threadLimit(prlimit, pid, threads)]
      await machine.run(file, args)
    }
    return cgroups?.confine(pid, { memoryMb: memoryMb(), threads }) ?? (() => {})
  }
}
