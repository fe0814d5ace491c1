import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/**
 * Claim: an isolate that was booted ahead hides what the platform costs to start; a snapshot halves it where there is none. In ms until the first answer; measured
 * in a process of its own, as a sandbox process is, without what Vitest adds to imports.
 */
test('cold-start', async () => {
  const script = fileURLToPath(new URL('children/cold-start.ts', import.meta.url))
  const flags = ['--no-node-snapshot', '--conditions=hither-source']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
  const measured = JSON.parse(stdout) as Record<string, number>
  console.table(
    Object.fromEntries(Object.entries(measured).map(([name, value]) => [name, { ms: Number(value.toFixed(1)) }])),
  )
  expect(Object.values(measured).every((value) => value > 0)).toBe(true)
}, 120_000)
