import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/**
 * Claim: bodies go in and out of an isolate at 250 MB/s in pieces of 64 KiB, on one core. In MB for each second of processor time; measured
 * in a process of its own, as a sandbox process is, without what Vitest adds to imports.
 */
test('isolate-streams', async () => {
  const script = fileURLToPath(new URL('children/isolate-streams.ts', import.meta.url))
  const flags = ['--no-node-snapshot', '--conditions=hither-source']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
  const measured = JSON.parse(stdout) as Record<string, number>
  console.table(
    Object.fromEntries(Object.entries(measured).map(([name, value]) => [name, { 'MB/s': Number(value.toFixed(1)) }])),
  )
  expect(Object.values(measured).every((value) => value > 0)).toBe(true)
}, 120_000)
