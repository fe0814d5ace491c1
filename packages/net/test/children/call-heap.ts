import { callPair } from '../helpers/call-pair.ts'
import { header, pattern } from '../helpers/services.ts'

/**
 * Prints what a call takes of the heap, both ends and an echoing handler included, in bytes: one at a time, and 64 at once. Needs
 * --expose-gc and a young generation that all of it fits into, so that no collection comes between.
 */

const WARM = 640
const CALLS = 320

const { calls, caller, runner } = callPair()
const body = pattern(64)

async function some(atOnce: number, count: number): Promise<void> {
  for (let done = 0; done < count; done += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, () => calls.call(header(), body)))
    // The test's own duplex keeps what was written.
    caller.writes.length = 0
    runner.writes.length = 0
  }
}

async function heapPerCall(atOnce: number): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  await some(atOnce, CALLS)
  return Math.round((process.memoryUsage().heapUsed - before) / CALLS)
}

await some(1, WARM)
await some(64, WARM)
process.stdout.write(JSON.stringify({ alone: await heapPerCall(1), together: await heapPerCall(64) }))
