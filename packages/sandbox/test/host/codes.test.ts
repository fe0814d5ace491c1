import { ERRORS, HitherError, type ErrorCode } from '@hither/core'
import { expect, test } from 'vitest'
import { wireError } from '../../src/child/loop-errors.ts'
import { readEnded, readFailure } from '../../src/host/answers.ts'
import { CALL_CODES, LOAD_CODES } from '../../src/ipc/codes.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { readAll, written } from './written.ts'

/** Written out here once more, so that nobody lets a code in or out in passing. */
const LOADS = ['handler-invalid', 'internal', 'limit-cpu', 'limit-memory', 'sandbox-crashed']
const CALLS = [
  'bad-message',
  'cancelled',
  'handler-bad-response',
  'handler-failed',
  'handler-invalid',
  'internal',
  'limit-cpu',
  'limit-memory',
  'result-too-large',
  'sandbox-crashed',
]
const ALL = Object.keys(ERRORS) as ErrorCode[]

/** What the parent makes of a call that ended with this code. */
function ended(code: string): ErrorCode | undefined {
  const head = { error: { code, message: 'x' }, runMs: 1, cpuMs: 1, heapBytes: 1, background: false }
  const [message] = readAll(Buffer.concat(written(FRAME.ended, 1, head)))
  if (message === undefined) throw new Error('no message')
  return readEnded(message.head).error?.code
}

test('a process may say of a call what can become of one, and nothing else', () => {
  const taken = ALL.filter((code) => {
    try {
      return ended(code) === code
    } catch (error) {
      expect(error).toBeInstanceOf(HitherError)
      return false
    }
  })
  expect(taken.sort()).toEqual(CALLS)
  expect(() => ended('of-a-newer-peer')).toThrow('not for it to say')
})

test('a process may say of a function that does not load why, and nothing else', () => {
  const taken = ALL.filter((code) => {
    try {
      return readFailure({ code, message: 'x' }, LOAD_CODES).code === code
    } catch {
      // Refused, which is what is asked.
      return false
    }
  })
  expect(taken.sort()).toEqual(LOADS)
})

test.each([
  ['call', CALL_CODES],
  ['load', LOAD_CODES],
])('a code out of place is a bug of the child, and says so: %s', (_, codes) => {
  for (const code of [...ALL, 'of-nobody']) {
    const { code: said, message } = wireError({ code, message: 'why' }, codes)
    expect(codes).toContain(said)
    expect(said).toBe((codes as readonly string[]).includes(code) ? code : 'internal')
    expect(message).toBe('why')
  }
})
