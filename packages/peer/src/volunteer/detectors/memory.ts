import type { Detector } from '../detector.ts'
import { notHere, type Machine } from '../machine.ts'

/** What could still be used without swapping. */
export function memory(machine: Machine): Detector<'freeMemoryBytes'> {
  return {
    name: 'memory',
    tells: 'freeMemoryBytes',
    by: machine.platform === 'linux' ? '/proc/meminfo' : 'the operating system',
    async read() {
      if (machine.platform === 'win32') return machine.freeMemory()
      // What macOS calls free leaves out all that it would give back at once.
      if (machine.platform !== 'linux') throw notHere('it is known how to ask only on Linux and Windows')
      const kb = /^MemAvailable: +(\d+) kB$/m.exec(await machine.read('/proc/meminfo'))?.[1]
      if (kb === undefined) throw notHere('this kernel does not tell MemAvailable')
      return Number(kb) * 1024
    },
  }
}
