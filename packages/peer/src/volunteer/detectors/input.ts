import type { Detector } from '../detector.ts'
import { notHere, type Machine } from '../machine.ts'

/** Keyboard and mouse of a Mac. */
export function input(machine: Machine): Detector<'idleMs'> {
  return {
    name: 'input',
    tells: 'idleMs',
    by: 'ioreg: keyboard, mouse and trackpad of macOS',
    async read() {
      if (machine.platform !== 'darwin') throw notHere('it is known how to ask only on macOS')
      const text = await machine.run('ioreg', ['-c', 'IOHIDSystem', '-d', '4'])
      const ns = /"HIDIdleTime" = (\d+)/.exec(text)?.[1]
      if (ns === undefined) throw notHere('ioreg does not tell HIDIdleTime')
      return Number(ns) / 1e6
    },
  }
}
