import { availableParallelism } from 'node:os'
import { Shape, toHitherError, type Blocks, type Runner } from '@hither/core'
import type { Logger } from 'pino'
import { changeJson } from '../home/json.ts'
import { detectors } from './detectors.ts'
import { BUSY_FOR_MS, FINISH_LOOK_MS, RELEASE_MS } from './limits.ts'
import type { Machine } from './machine.ts'
import { judge, needed, type Reason } from './policy.ts'
import { readSettings, refuseUseless, writeSettings, type Settings } from './settings.ts'
import { statusOf, type VolunteerStatus } from './status.ts'
import type { Timers } from '../timers.ts'
import { watch, type Watch } from './watch.ts'

export interface VolunteerInit {
  settings: Settings
  /** Where changes of them are kept. */
  config: string
  /** Whose file system blocks fill. */
  folder: string
}

export interface VolunteerComponents {
  /** Absent where this peer can run nothing. */
  runner: Runner | undefined
  blocks: Blocks
  machine: Machine
  timers: Timers
  log: Logger
}

/** Lends this machine as its owner said, and takes it back. */
export interface Volunteer {
  /** The owner wants to lend, be it now or later. */
  readonly on: boolean
  /** It holds others' functions: not while disk is short, or bytes cost money. */
  readonly keeps: boolean
  /** Work is taken at this very moment. */
  readonly taking: boolean
  /** It is on, or has been since it started: others may believe that it takes work. */
  readonly known: boolean
  /** What its owner says of the machine. */
  readonly labels: readonly string[]
  /** Starts the runner, if there is one and it is to work now. Throws what the runner's start throws. `onChange`: whether work is taken has changed. */
  start(onChange: () => void): Promise<void>
  stop(): void
  /** A call has come. Where its owner may be back by now, resolves when that was looked at: then `taking` says it. */
  called(): Promise<void> | undefined
  status(): Promise<VolunteerStatus>
  /** In force at once, and kept. Throws `usage`, `bad-config`; where it is turned on also what the runner's start throws. */
  change(change: VolunteerChange): Promise<VolunteerStatus>
}

export interface VolunteerChange {
  on?: boolean
  /** Settings by their keys, as they are written. */
  set?: Record<string, string>
}

export function volunteer(init: VolunteerInit, components: VolunteerComponents): Volunteer {
  return new MachineVolunteer(init, components)
}

class MachineVolunteer implements Volunteer {
  taking = false
  known = false
  private readonly init: VolunteerInit
  private readonly components: VolunteerComponents
  private readonly watch: Watch
  private settings: Settings
  private reasons: Reason[] = []
  private online = false
  /** The runner has its processes, or will soon. */
  private started: Promise<void> | undefined
  private calledAt = -Infinity
  private onChange = (): void => {}
  private keepRunner = (): void => {}

  constructor(init: VolunteerInit, components: VolunteerComponents) {
    this.init = init
    this.components = components
    this.settings = init.settings
    const { machine, timers } = components
    this.watch = watch({
      detectors: detectors(machine, init.folder),
      timers,
      now: () => machine.now(),
      needed: () => needed(this.settings),
      busy: () => machine.now() - this.calledAt < BUSY_FOR_MS || this.running > 0,
      onLook: () => void this.decide().catch((error: unknown) => this.fault(error)),
    })
  }

  get on(): boolean {
    return this.settings.on
  }

  get keeps(): boolean {
    return this.on && !this.reasons.some(({ cause }) => cause === 'disk' || cause === 'metered')
  }

  get labels(): readonly string[] {
    return this.settings.labels
  }

  async start(onChange: () => void): Promise<void> {
    // One that lasts as long as a command lends nothing, whatever is configured.
    if (this.components.runner === undefined) return
    this.onChange = onChange
    this.online = true
    this.lend()
    await this.begin()
  }

  stop(): void {
    this.online = false
    this.watch.stop()
    this.keepRunner()
  }

  called(): Promise<void> | undefined {
    this.calledAt = this.components.machine.now()
    if (this.settings.when.idleMs !== undefined) return this.watch.fresh()
    this.watch.hurry()
    return undefined
  }

  async status(): Promise<VolunteerStatus> {
    await this.watch.probe()
    if (this.on) await this.decide()
    const { taking, reasons, running } = this
    return statusOf(this.settings, this.watch.states(), { taking, reasons, running })
  }

  async change({ on, set = {} }: VolunteerChange): Promise<VolunteerStatus> {
    const changed = { ...readSettings(set), ...(on !== undefined && { on }) }
    refuseUseless(changed, availableParallelism())
    await changeJson(this.init.config, (before) => ({
      after: writeSettings(readMap(before, this.init.config), on, set),
      written: () => {
        this.settings = { ...this.settings, ...changed }
      },
    }))
    // What stood by the old settings says nothing about the new ones.
    this.reasons = []
    if (this.online) {
      await this.components.blocks.limit(this.settings.disk)
      this.lend()
      await this.begin()
    }
    return this.status()
  }

  private get running(): number {
    return this.components.runner?.load().busy ?? 0
  }

  private async begin(): Promise<void> {
    this.known ||= this.on
    if (!this.on) this.watch.stop()
    // A first word of each detector, so that nothing is taken that would be ended at once.
    else await this.watch.probe()
    await this.decide()
    if (this.on) this.watch.start()
  }

  private lend(): void {
    const { cores, memory, egress } = this.settings
    this.components.runner?.lend({
      cores: cores === 0 ? availableParallelism() : cores,
      ...(memory > 0 && { memoryMb: Math.floor(memory / 1024 / 1024) }),
      egress,
    })
  }

  private async decide(): Promise<void> {
    const { settings, components } = this
    const { machine, runner } = components
    if (!this.online || runner === undefined) return
    const clock = new Date(machine.wallClock())
    const moment = { day: clock.getDay(), minute: clock.getHours() * 60 + clock.getMinutes() }
    const facts = { settings, readings: this.watch.readings(), moment, now: machine.now() }
    this.reasons = settings.on ? judge(facts, this.reasons) : []
    if (!this.mayWork) return this.pause(runner)
    this.keepRunner()
    if (this.taking) return
    await this.prepare(runner)
    if (this.taking || !this.online) return
    // The owner may have come back meanwhile.
    if (this.mayWork) this.turn(true)
    else this.release(runner, this.on ? RELEASE_MS : 0)
  }

  private get mayWork(): boolean {
    return this.online && this.on && this.reasons.length === 0
  }

  private pause(runner: Runner): void {
    if (this.taking) {
      this.turn(false)
      runner.interrupt(this.settings.running)
      this.release(runner, this.on ? RELEASE_MS : 0)
    } else if (!this.on) this.release(runner, 0)
  }

  private turn(taking: boolean): void {
    this.taking = taking
    this.components.log.info(
      { reasons: this.reasons.map(({ words }) => words) },
      taking ? 'takes work' : 'takes no work',
    )
    this.onChange()
  }

  private async prepare(runner: Runner): Promise<void> {
    const starting = (this.started ??= runner.start())
    try {
      await starting
    } catch (error) {
      if (this.started === starting) this.started = undefined
      throw error
    }
  }

  /** Gives the runner's processes back once it has been paused for so long, and nothing runs any more. */
  private release(runner: Runner, ms: number): void {
    this.keepRunner()
    if (this.started === undefined) return
    this.keepRunner = this.components.timers.after(ms, () => {
      if (this.running > 0) return this.release(runner, FINISH_LOOK_MS)
      this.started = undefined
      runner.stop().catch((error: unknown) => this.fault(error))
    })
  }

  private fault(error: unknown): void {
    // A peer that stops takes its runner with it, in whatever state.
    if (!this.online) return
    this.components.log.error({ err: toHitherError(error) }, 'the runner could not be started or stopped')
  }
}

/** A file that is no map is its owner's to mend: nothing is written over it. Throws `bad-config`. */
function readMap(value: unknown, path: string): Record<string, unknown> {
  return new Shape({ all: value ?? {} }, path, 'bad-config').map('all')
}
