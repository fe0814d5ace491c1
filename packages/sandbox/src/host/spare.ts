import { HitherError } from '@hither/core'
import { startProcess, type ProcessInit, type SandboxProcess } from './process.ts'

/** One bare process of a profile kept ready, so that a new cordon, or one whose process was killed, need not wait for Node to start. */
export class Spare {
  private readonly init: ProcessInit
  private spare: SandboxProcess | undefined
  private readonly living = new Set<SandboxProcess>()
  private stopped = false

  constructor(init: ProcessInit) {
    this.init = init
  }

  /** The ready one if there is one; else one that will be. */
  take(): SandboxProcess {
    const taken = this.spare ?? this.start()
    this.spare = undefined
    return taken
  }

  /** Sees to it that there is one. Rejects when it cannot serve: then there is none until the next try. */
  async prepare(): Promise<void> {
    const spare = (this.spare ??= this.start())
    try {
      await spare.ready
    } catch (error) {
      if (this.spare === spare) this.spare = undefined
      throw error
    }
  }

  /** Ends every process that was ever started here, and waits until they are gone. None starts any more: nobody would end it. */
  async stop(): Promise<void> {
    this.stopped = true
    this.spare = undefined
    const living = [...this.living]
    for (const one of living) one.kill()
    await Promise.all(living.map(({ exited }) => exited))
  }

  /** Processes may start again. */
  reopen(): void {
    this.stopped = false
  }

  private start(): SandboxProcess {
    const started = startProcess(this.stopped ? { ...this.init, spawn: refuse } : this.init)
    this.living.add(started)
    void this.forget(started)
    return started
  }

  private async forget(started: SandboxProcess): Promise<void> {
    await started.exited
    this.living.delete(started)
    if (this.spare === started) this.spare = undefined
  }
}

/** Whoever asked learns it as of any process that does not start. */
function refuse(): never {
  throw new HitherError('internal', 'the runner was stopped')
}
