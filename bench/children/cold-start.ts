import { execFileSync } from 'node:child_process'
import { DEFAULT_LIMITS } from '@hither/core'
import { bootAhead, startFrom } from '../../packages/sandbox/src/child/guest-blank.ts'
import { findCode } from '../../packages/sandbox/src/host/launch/code.ts'
import { snapshotCommand } from '../../packages/sandbox/src/host/launch/node.ts'
import { GET, load, UNHEARD } from './load.ts'

const ROUNDS = 15
const { memoryMb } = DEFAULT_LIMITS
const profile = process.execArgv.includes('--jitless') ? 'strangers' : 'trusted'

/** From nothing to the first answer, in ms: the median. `prepare` is not counted. */
function cold(prepare: () => void = () => undefined): number {
  const times = Array.from({ length: ROUNDS }, () => {
    prepare()
    const before = performance.now()
    const guest = load(`export default () => new Response('ok')`, memoryMb)
    guest.invoke({ ...GET, id: 1 }, DEFAULT_LIMITS, UNHEARD)
    const took = performance.now() - before
    guest.dispose()
    return took
  })
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0
}

/** Nothing of it can be had twice in one process. */
function first(): number {
  const before = performance.now()
  load('export default () => 0', memoryMb)
  return performance.now() - before
}

const plain = first()
const cached = cold()
const [file, ...args] = snapshotCommand(findCode(), profile)
startFrom(new Uint8Array(execFileSync(file, args, { env: {}, maxBuffer: 64 * 1024 * 1024 })).buffer)
const snapshot = cold()
const ahead = cold(bootAhead)
console.log(
  JSON.stringify({ 'plain, the first of a process': plain, 'code cache': cached, snapshot, 'booted ahead': ahead }),
)
process.exitCode = 0
