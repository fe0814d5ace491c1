import { execFileSync } from 'node:child_process'
import { DEFAULT_LIMITS } from '@hither/core'
import { bootAhead, startFrom } from '../../packages/sandbox/src/child/guest-blank.ts'
import { loadGuest } from '../../packages/sandbox/src/child/isolate.ts'
import { findCode } from '../../packages/sandbox/src/host/launch/code.ts'
import { snapshotCommand } from '../../packages/sandbox/src/host/launch/node.ts'

const ROUNDS = 15
const { memoryMb } = DEFAULT_LIMITS
const profile = process.execArgv.includes('--jitless') ? 'strangers' : 'trusted'

/** From nothing to the first answer, in ms: the median. `prepare` is not counted. */
function cold(prepare: () => void = () => undefined): number {
  const times = Array.from({ length: ROUNDS }, () => {
    prepare()
    const before = performance.now()
    const ignore = (): void => undefined
    const guest = loadGuest({
      code: `export default () => new Response('ok')`,
      name: 'bench',
      env: {},
      memoryMb,
      onLog: ignore,
      onCatastrophe: ignore,
    })
    const request = { method: 'GET', url: 'http://fn.localhost/', headers: [], body: new Uint8Array(0) }
    const events = { begin: ignore, piece: ignore, want: ignore, leave: ignore, done: ignore }
    guest.invoke(request, DEFAULT_LIMITS, events)
    const took = performance.now() - before
    guest.dispose()
    return took
  })
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0
}

/** Nothing of it can be had twice in one process. */
function first(): number {
  const before = performance.now()
  const ignore = (): void => undefined
  loadGuest({ code: 'export default () => 0', name: 'bench', env: {}, memoryMb, onLog: ignore, onCatastrophe: ignore })
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
