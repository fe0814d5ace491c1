import type { AnyDetector } from './detector.ts'
import { battery } from './detectors/battery.ts'
import { disk } from './detectors/disk.ts'
import { input } from './detectors/input.ts'
import { load } from './detectors/load.ts'
import { memory } from './detectors/memory.ts'
import { metered } from './detectors/metered.ts'
import { session } from './detectors/session.ts'
import { terminals } from './detectors/terminals.ts'
import type { Machine } from './machine.ts'

/** All that there are. Of several that tell the same, the least favourable to us counts. */
export function detectors(machine: Machine, folder: string): AnyDetector[] {
  return [
    session(machine),
    terminals(machine),
    input(machine),
    battery(machine),
    load(machine),
    memory(machine),
    disk(machine, folder),
    metered(machine),
  ]
}
