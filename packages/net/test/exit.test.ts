import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('after stop nothing keeps the process', async () => {
  const script = fileURLToPath(new URL('children/short-life.ts', import.meta.url))
  const run = promisify(execFile)(process.execPath, ['--conditions=hither-source', script])
  expect((await run).stdout).toBe('answered 5 bytes\n')
})
