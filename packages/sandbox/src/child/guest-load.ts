import { fromWire, HitherError } from '@hither/core'
import type ivm from 'isolated-vm'
import type { Cell, Entry } from './guest-cell.ts'
import { compileBundle, type Bundle, type Compiled } from './guest-code.ts'
import { fileOf, invalid, loadOverCpu, overMemory, starved, titleOf, userErrorOf } from './guest-errors.ts'
import { LOAD_CPU_MS, LOAD_WAIT_MS } from '../guest/wall/limits.ts'
import { LOADING } from '../guest/wall/protocol.ts'

export interface LoadInit extends Bundle {
  name: string
  memoryMb: number
  /** See `GuestLimits`. */
  patience: number
}

/** Evaluates a bundle and finds its handler. Throws `handler-invalid`, `limit-cpu`, `limit-memory`, `sandbox-crashed`. */
export function loadBundle(cell: Cell, init: LoadInit): Compiled {
  return new Loading(cell, init).run()
}

class Loading {
  readonly #cell: Cell
  readonly #init: LoadInit
  readonly #file: string
  #cpuMs = 0
  #thrown: { error: unknown } | undefined

  constructor(cell: Cell, init: LoadInit) {
    this.#cell = cell
    this.#init = init
    this.#file = fileOf(init.name)
  }

  run(): Compiled {
    const { entries, outbox } = this.#cell
    const compiled = this.#compile()
    const { program } = compiled
    this.#enter((timeout) => program.run(timeout))
    const { entry } = program
    const until = performance.now() + LOAD_WAIT_MS
    while (!this.#adopted(entry)) {
      const waitMs = outbox.armed?.ms ?? Infinity
      if (performance.now() + waitMs > until) throw this.#unloaded()
      sleep(waitMs)
      outbox.armed = undefined
      this.#enter((timeout) => entries.fire.applySync(undefined, [], { timeout }))
    }
    this.#logStray()
    if (outbox.armed !== undefined)
      outbox.log('warn', 'timers set while the module loads end there: each belongs to a call')
    this.#enter((timeout) => entries.end.applySync(undefined, [LOADING], { timeout }))
    return compiled
  }

  #compile(): Compiled {
    try {
      return compileBundle(this.#cell, this.#init, this.#file)
    } catch (error) {
      throw error instanceof HitherError ? error : this.#invalid(error)
    }
  }

  /** False while a top-level await is open. */
  #adopted(bundle: ivm.Reference<object>): boolean {
    const { adopt } = this.#cell.entries
    const { value } = this.#enter((timeout) => adopt.applySync(undefined, [bundle.derefInto()], { timeout }))
    if (typeof value === 'string') throw invalid(value)
    return value === true
  }

  #enter<T>(act: (timeoutMs: number) => T): Entry<T> {
    const entry = this.#cell.enter(LOAD_CPU_MS - this.#cpuMs, this.#init.patience, act)
    this.#cpuMs += entry.cpuMs
    if (entry.broke === 'cpu') throw loadOverCpu()
    if (entry.broke === 'starved') throw fromWire(starved())
    if (entry.broke !== undefined) throw fromWire(overMemory(this.#init.memoryMb))
    if (entry.thrown !== undefined) {
      this.#logStray()
      this.#thrown = entry.thrown
    }
    return entry
  }

  #unloaded(): HitherError {
    if (this.#thrown !== undefined) return this.#invalid(this.#thrown.error)
    return invalid(`its top-level await is not settled, or not within ${LOAD_WAIT_MS} ms`)
  }

  #invalid(thrown: unknown): HitherError {
    const error = userErrorOf(thrown, this.#file)
    return invalid(`it threw ${titleOf(error)}`, error)
  }

  /** What was thrown and then turned out not to be why the module does not load. */
  #logStray(): void {
    if (this.#thrown === undefined) return
    const error = userErrorOf(this.#thrown.error, this.#file)
    this.#cell.outbox.log('error', `unhandled rejection: ${titleOf(error)}`)
    this.#thrown = undefined
  }
}

/** The process has nothing else to do than to load. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
