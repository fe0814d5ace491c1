import { HitherError } from '@hither/core'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FAILED_SETTLE_MS, SETTLE_MS } from '../src/limits.ts'
import { watchHandler } from '../src/watch.ts'
import { project } from './project.ts'

test('a failure that only its own words follow is told once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const dir = await project({ 'index.ts': 'export default (', log: '' })
  let why = 'one'
  const told: (string | undefined)[] = []
  const watch = await watchHandler({
    find: async () => ({ entry: join(dir, 'index.ts'), root: dir }) as never,
    make: () => Promise.reject(new HitherError('build-failed', 'it does not parse', { why })),
    onOutcome: (outcome) => told.push('error' in outcome ? outcome.error.why : 'built'),
  })
  onTestFinished(() => watch.close())
  // What stands in the folder has changed: it is built again, and fails again.
  const again = async (): Promise<void> => {
    await appendFile(join(dir, 'log'), 'it does not parse')
    while (vi.getTimerCount() === 0) await turn()
    await vi.advanceTimersByTimeAsync(SETTLE_MS)
    await vi.advanceTimersByTimeAsync(FAILED_SETTLE_MS)
  }
  await again()
  await again()
  expect(told).toEqual(['one'])
  why = 'two'
  await again()
  expect(told).toEqual(['one', 'two'])
})
