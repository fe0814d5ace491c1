import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How often it is looked whether there is something to give back. */
const LOOK_MS = 5000

/** Processor time between two looks up to which the process has nothing to do: a fiftieth of a core. */
const QUIET_MS: number = LOOK_MS / 50

/**
 * By so much the heap has grown since it was collected last before that is done again. Beside its live objects it has up to 4 MB of room
 * for new ones in a peer that only keeps its links, and 32 and much garbage after a start or many calls.
 */
const GROWN_MIN_BYTES: number = 8 * 1024 * 1024

export interface ThriftComponents {
  /** Runs something every so often, until what it returns is called. */
  every(ms: number, run: () => void): () => void
  /** Processor time that the process took so far, in ms. */
  cpuMs(): number
  /** The heap with all its garbage and room, in bytes. */
  heapBytes(): number
  /** Gives back what is not needed. */
  collect(): void
}

/**
 * Gives memory back to the machine's owner once the process is quiet: V8 itself keeps what its busy times took for as long as nothing
 * happens. Returns how to stop it.
 */
export function thrift(on: ThriftComponents = machine): () => void {
  let before = on.cpuMs()
  let leastBytes = 0
  return on.every(LOOK_MS, () => {
    const usedMs = on.cpuMs() - before
    const heapBytes = on.heapBytes()
    leastBytes = Math.min(leastBytes, heapBytes)
    if (usedMs <= QUIET_MS && heapBytes - leastBytes >= GROWN_MIN_BYTES) {
      on.collect()
      leastBytes = on.heapBytes()
    }
    before = on.cpuMs()
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
