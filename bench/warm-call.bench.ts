import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/**
 * Claim: a call of a warm function costs at most four times what entering the isolate at all does, from the decoded frame to the encoded one. In
 * µs of processor time; measured
 * in a process of its own, as a sandbox process is, without what Vitest adds to imports.
 */
test('warm-call', async () => {
  const script = fileURLToPath(new URL('children/warm-call.ts', import.meta.url))
  const flags = ['--no-node-snapshot', '--conditions=hither-source']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
  const measured = JSON.parse(stdout) as Record<string, number>
  console.table(
    Object.fromEntries(Object.entries(measured).map(([name, value]) => [name, { µs: Number(value.toFixed(1)) }])),
  )
  expect(Object.values(measured).every((value) => value > 0)).toBe(true)
}, 120_000)
