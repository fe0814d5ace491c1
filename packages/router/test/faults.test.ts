import { expect, test } from 'vitest'
import { blameOf, faultShare, recordFault, type Faults } from '../src/faults.ts'
import { FAULT_HALF_LIFE_MS, FAULT_SHARE_MAX } from '../src/limits.ts'

const NONE: Faults = { share: 0, at: 0 }

test('a handler that throws does not speak against its runner, a lost link does', () => {
  expect(blameOf('handler-failed')).toBe('ran')
  expect(blameOf('limit-cpu')).toBe('ran')
  expect(blameOf('link-lost')).toBe('peer')
  expect(blameOf('bad-answer')).toBe('peer')
  expect(blameOf('timeout')).toBe('pair')
  expect(blameOf('sandbox-crashed')).toBe('pair')
  expect(blameOf('cancelled')).toBe('nothing')
})

test('the share of failures rises with failures and falls with answers', () => {
  const once = recordFault(NONE, true, 0)
  const twice = recordFault(once, true, 0)
  expect(faultShare(twice, 0)).toBeGreaterThan(faultShare(once, 0))
  expect(faultShare(recordFault(twice, false, 0), 0)).toBeLessThan(faultShare(twice, 0))
})

test('it halves with time', () => {
  const once = recordFault(NONE, true, 0)
  expect(faultShare(once, FAULT_HALF_LIFE_MS)).toBeCloseTo(faultShare(once, 0) / 2)
})

test('it stays below one, so that a penalty stays finite', () => {
  let faults = NONE
  for (let i = 0; i < 1000; i++) faults = recordFault(faults, true, 0)
  expect(faultShare(faults, 0)).toBe(FAULT_SHARE_MAX)
})
