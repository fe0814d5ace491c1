import { toHitherError, type Jail, type Profile } from '@hither/core'
import type { Spawn } from './launch/command.ts'
import { Launcher } from './launch/launcher.ts'
import type { Machine } from './launch/machine.ts'
import { Spare } from './spare.ts'
import type { Timers } from './timers.ts'

export interface SupplyInit {
  machine: Machine
  spawn: Spawn
  timers: Timers
  memoryMb: () => number
  weakJail: boolean
  /** Strangers' functions are to be run, where the jail is one for them. */
  strangers: boolean
  /** The runner is being stopped: that no process starts then says nothing of what this machine can do. */
  stopping: () => boolean
}

/** Where processes come from: the jail that this machine has, and a spare process of each profile. */
export class Supply {
  readonly spares: Readonly<Record<Profile, Spare>>
  private readonly init: SupplyInit
  private readonly launcher: Launcher

  constructor(init: SupplyInit) {
    this.init = init
    const { spawn, timers } = init
    this.launcher = new Launcher(init)
    this.spares = {
      trusted: new Spare({ spawn, timers, launch: this.launcher.launch('trusted') }),
      strangers: new Spare({ spawn, timers, launch: this.launcher.launch('strangers') }),
    }
  }

  jail(): Jail {
    return this.launcher.jail()
  }

  /** Finds out what jail there is, and has processes ready. Rejects where functions cannot be run at all. */
  async prepare(): Promise<void> {
    const { launcher, spares } = this
    await Promise.all([launcher.explore(), launcher.freeze('trusted')])
    await spares.trusted.prepare()
    if (!this.init.strangers || this.jail().grants.strangers === undefined) return
    await launcher.freeze('strangers')
    await spares.strangers.prepare().catch((error: unknown) => {
      if (this.init.stopping()) return
      const { message, why } = toHitherError(error)
      launcher.refuseStrangers(why ?? message)
    })
  }

  /** Ends every process, and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all(Object.values(this.spares).map((spare) => spare.stop()))
    this.launcher.close()
  }

  /** Processes may start again. */
  reopen(): void {
    for (const spare of Object.values(this.spares)) spare.reopen()
  }
}
