import type { Detector } from '../detector.ts'
import { notHere, type Machine } from '../machine.ts'

/** When somebody last typed into a terminal, here or over SSH. The kernel tells it to eight seconds. */
export function terminals(machine: Machine): Detector<'idleMs'> {
  return {
    name: 'terminals',
    tells: 'idleMs',
    partial: true,
    by: 'when terminals were last read from: sees what is typed into them, and no mouse',
    async read() {
      if (machine.platform === 'win32') throw notHere('Windows has no terminals that tell')
      const paths = [
        ...(await terminalsIn(machine, '/dev/pts', /^\d+$/)),
        ...(await terminalsIn(machine, '/dev', /^tty[1-9]\d?$/)),
      ]
      const times = await Promise.all(paths.map((path) => machine.readAt(path).catch(() => Number.NaN)))
      const known = times.filter((time) => !Number.isNaN(time))
      if (known.length === 0) throw notHere('there are no terminals')
      return Math.max(0, machine.wallClock() - Math.max(...known))
    },
  }
}

async function terminalsIn(machine: Machine, folder: string, names: RegExp): Promise<string[]> {
  const found = await machine.list(folder).catch((): string[] => [])
  return found.filter((name) => names.test(name)).map((name) => `${folder}/${name}`)
}
