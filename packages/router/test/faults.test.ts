import { expect, test } from 'vitest'
import { blameOf, faultShare, isProbeDue, NO_FAULTS, recordBeat, recordFault } from '../src/faults.ts'
import { BEAT_MIN_MS, FAULT_HALF_LIFE_MS, FAULT_SHARE_MAX, PROBE_PAUSE_MS } from '../src/limits/faults.ts'

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
  const once = recordFault(NO_FAULTS, true, 0)
  const twice = recordFault(once, true, 0)
  expect(faultShare(twice, 0)).toBeGreaterThan(faultShare(once, 0))
  expect(faultShare(recordFault(twice, false, 0), 0)).toBeLessThan(faultShare(twice, 0))
})

test('it halves with time', () => {
  const once = recordFault(NO_FAULTS, true, 0)
  expect(faultShare(once, FAULT_HALF_LIFE_MS)).toBeCloseTo(faultShare(once, 0) / 2)
})

test('it stays below one, so that a penalty stays finite', () => {
  let faults = NO_FAULTS
  for (let i = 0; i < 1000; i++) faults = recordFault(faults, true, 0)
  expect(faultShare(faults, 0)).toBe(FAULT_SHARE_MAX)
})

test('heartbeats of a link that came up again heal it within seconds; several in one moment count once', () => {
  let faults = recordFault(NO_FAULTS, true, 0)
  for (let i = 0; i < 10; i++) faults = recordBeat(faults, BEAT_MIN_MS - 1)
  expect(faults.at).toBe(0)
  const before = faultShare(faults, 0)
  for (let second = 1; second <= 5; second++) faults = recordBeat(faults, second * 1000)
  expect(faultShare(faults, 5000)).toBeLessThan(before / 5)
})

test('a try that was answered is followed by the next at once, however lately beats and answers came', () => {
  const broke = recordFault(NO_FAULTS, true, 0)
  const beats = recordBeat(broke, PROBE_PAUSE_MS - 1)
  expect(isProbeDue(beats, 0, PROBE_PAUSE_MS)).toBe(true)
  expect(isProbeDue(recordFault(beats, false, PROBE_PAUSE_MS), 0, PROBE_PAUSE_MS)).toBe(true)
  expect(isProbeDue(recordFault(beats, true, PROBE_PAUSE_MS), 0, PROBE_PAUSE_MS)).toBe(false)
})

test('what breaks again and again heals more slowly, and is probed more rarely', () => {
  let [once, often] = [recordFault(NO_FAULTS, true, 0), NO_FAULTS]
  for (let i = 0; i < 4; i++) often = recordFault(often, true, 0)
  expect(isProbeDue(once, 0, PROBE_PAUSE_MS)).toBe(true)
  expect(isProbeDue(once, PROBE_PAUSE_MS / 2, PROBE_PAUSE_MS)).toBe(false)
  expect(isProbeDue(often, 0, 4 * PROBE_PAUSE_MS)).toBe(false)
  const healed = (share: number, faults: typeof once): number => faultShare(faults, 3000) / share
  const [a, b] = [faultShare(once, 0), faultShare(often, 0)]
  for (let second = 1; second <= 3; second++) {
    once = recordBeat(once, second * 1000)
    often = recordBeat(often, second * 1000)
  }
  expect(healed(a, once)).toBeLessThan(0.4)
  expect(healed(b, often)).toBeGreaterThan(0.7)
})
