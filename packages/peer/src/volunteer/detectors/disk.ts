import type { Detector } from '../detector.ts'
import type { Machine } from '../machine.ts'

/** Where blocks are kept. */
export function disk(machine: Machine, folder: string): Detector<'freeDiskBytes'> {
  return {
    name: 'disk',
    tells: 'freeDiskBytes',
    by: `the file system of ${folder}`,
    read: () => machine.freeDisk(folder),
  }
}
