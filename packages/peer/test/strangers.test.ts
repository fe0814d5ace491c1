import { HitherError, type JoinProgress } from '@hither/core'
import { expect, test } from 'vitest'
import { strangers } from '../src/strangers.ts'
import { fakeLinks, silent } from './fakes.ts'

const failed = (address: string, code: 'wrong-network' | 'peer-unreachable'): JoinProgress => ({
  type: 'join:failed',
  address,
  error: new HitherError(code, `at ${address}`),
})
const nobody = new HitherError('no-runner', 'no runner took the call')

test('who meets strangers only, and so finds nothing, is told of them', () => {
  const met = strangers(fakeLinks(), silent)
  met.refuse()
  expect(met.explain(nobody)).toBe(nobody)
  met.onProgress(failed('/a', 'peer-unreachable'))
  expect(met.explain(nobody)).toBe(nobody)
  met.onProgress(failed('/b', 'wrong-network'))
  expect(() => met.refuse()).toThrow('at /b')
  expect(met.explain(nobody)).toMatchObject({ code: 'wrong-network' })
  const other = new HitherError('handler-failed', 'it threw')
  expect(met.explain(other)).toBe(other)
})

test('strangers do not matter to who is connected, nor when they are gone', () => {
  const links = fakeLinks({ friend: {} })
  const met = strangers(links, silent)
  met.onProgress(failed('/a', 'wrong-network'))
  met.refuse()
  expect(met.explain(nobody)).toBe(nobody)
  links.peers.clear()
  expect(() => met.refuse()).toThrow('at /a')
  met.onProgress(failed('/a', 'peer-unreachable'))
  met.refuse()
})
