import { expect, onTestFinished, test, vi } from 'vitest'
import { briefLogger } from '../src/log.ts'

test('what a command’s own peer warns of is a line of words, and what it only tells is not said', () => {
  vi.stubEnv('HITHER_LOG', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
  const lines: string[] = []
  const log = briefLogger({}, { json: false, note: (line) => void lines.push(line) })
  log.info('all is well')
  log.warn({ err: new Error('EROFS: read-only file system\u001b') }, 'receipts could not be kept')
  log.warn({ why: 'no cgroups' }, 'a weak jail')
  expect(lines).toEqual(['receipts could not be kept: EROFS: read-only file system', 'a weak jail: no cgroups'])
})
