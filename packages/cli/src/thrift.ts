import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How often it is looked what the process does. */
const LOOK_MS = 2000

/** Processor time between two looks up to which the process has nothing to do: a fiftieth of a core. */
const QUIET_MS: number = LOOK_MS / 50

/** So many looks in a row it has nothing to do before that counts: calls come in bursts, and what is given back must be taken again. */
const QUIET_LOOKS = 15

/** Calls between two looks from which on they are many: 50 in a second, or half as many that are made and run here. */
const BUSY_CALLS = 100

/** Looks since there were many after which the next quiet moment will do: what comes every few seconds for ever must not keep it for ever. */
const CALM_LOOKS = 150

/** By so much the heap has grown since it was collected last before that is done again: it takes 0.1 s of processor time. */
const GROWN_MIN_BYTES: number = 6 * 1024 * 1024

export interface ThriftComponents {
  /** Runs something every so often, until what it returns is called. */
  every(ms: number, run: () => void): () => void
  /** Processor time that the process took so far, in ms. */
  cpuMs(): number
  /** The heap with all its garbage and room, in bytes. */
  heapBytes(): number
  /** Whether V8 may take more room for new objects than it has now. */
  grow(may: boolean): void
  /** Gives back what is not needed. */
  collect(): void
}

/**
 * Gives memory back to the machine's owner: at once what a start leaves, and what the process took for busy times once it is quiet. V8
 * itself keeps both for as long as nothing happens. Room for new objects, of which V8 takes up to 48 MB as soon as some of them last,
 * pays only where many calls run at once, and is taken for them only. Returns how to stop it.
 *
 * @param calls Gives how many were made and how many run so far, in all.
 */
export function thrift(calls: () => number, on: ThriftComponents = machine): () => void {
  on.grow(false)
  on.collect()
  let least = on.heapBytes()
  let last = { cpuMs: on.cpuMs(), calls: calls() }
  let quietLooks = 0
  let calmLooks = 0
  return on.every(LOOK_MS, () => {
    const now = { cpuMs: on.cpuMs(), calls: calls() }
    calmLooks += 1
    if (now.calls - last.calls >= BUSY_CALLS) {
      on.grow(true)
      calmLooks = 0
    }
    quietLooks = now.cpuMs - last.cpuMs <= QUIET_MS ? quietLooks + 1 : 0
    least = Math.min(least, on.heapBytes())
    last = now
    if (quietLooks < (calmLooks < CALM_LOOKS ? QUIET_LOOKS : 1)) return
    on.grow(false)
    if (on.heapBytes() - least < GROWN_MIN_BYTES) return
    on.collect()
    least = on.heapBytes()
    last.cpuMs = on.cpuMs()
  })
}

const machine: ThriftComponents = {
  every(ms, run) {
    const timer = setInterval(run, ms).unref()
    return () => clearInterval(timer)
  },
  cpuMs() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  heapBytes: () => getHeapStatistics().total_heap_size,
  // As a factor: 2 is V8's own. It is asked for it whenever the room is full of what lasts.
  grow: (may) => setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`),
  collect() {
    // Only a context that is made under this flag has `gc`, and only this one is.
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as NodeJS.GCFunction
    setFlagsFromString('--no-expose-gc')
    // V8 would follow it up by itself, twice, and take as long again for what is not there any more.
    setFlagsFromString('--memory-reducer-gc-count=0')
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  },
}
