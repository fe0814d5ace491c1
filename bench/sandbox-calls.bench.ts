import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/**
 * Claim: of a warm call, what lies between the runner and the isolate costs no more than the isolate does (see `warm-call`). Processor
 * time in µs for each call, in the parent and in the sandbox process, its start included in neither; and how long a call takes.
 */
test('sandbox-calls', async () => {
  const script = fileURLToPath(new URL('children/sandbox-calls.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=hither-source', script])
  const measured = JSON.parse(stdout) as Record<string, Record<string, number>>
  const rounded = (row: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(row).map(([name, us]) => [name, Number(us.toFixed(1))]))
  console.table(Object.fromEntries(Object.entries(measured).map(([name, row]) => [name, rounded(row)])))
  expect(Object.values(measured).every(({ p50 = 0 }) => p50 > 0)).toBe(true)
}, 120_000)
