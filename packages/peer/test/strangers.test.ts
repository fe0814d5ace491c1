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
  expect(met.explain(nobody)).toMatchObject({ code: 'no-runner' })
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

test('who is alone because nobody was reached is told why', () => {
  const links = fakeLinks()
  const met = strangers(links, silent)
  const error = new HitherError('peer-unreachable', '/a cannot be reached', { why: 'connect ECONNREFUSED 127.0.0.1:9' })
  met.onProgress({ type: 'join:failed', address: '/a', error })
  const alone = new HitherError('no-runner', 'no runner took the call', {
    why: 'nobody is connected',
    fix: 'start one',
  })
  expect(met.explain(alone)).toMatchObject({
    code: 'no-runner',
    message: 'no runner took the call',
    why: 'nobody is connected\nthe peer at /a was not reached: connection refused',
    fix: 'start one',
  })
  links.peers.set('friend', {})
  expect(met.explain(alone)).toBe(alone)
})
