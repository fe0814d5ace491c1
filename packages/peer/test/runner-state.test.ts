import { CALL_MAX_MS, decodeNews, encodeNews, type Runner, type RunnerLoad } from '@hither/core'
import { expect, test } from 'vitest'
import { runnerState } from '../src/runner-state.ts'
import { admissionOf } from './fakes.ts'

function stateOf(load: Partial<RunnerLoad>, priceMs: number) {
  const runner: Pick<Runner, 'load' | 'jail'> = {
    load: () => ({
      slots: 8,
      busy: 0,
      queued: 0,
      cores: { lent: 2, burning: 0, waiting: 0 },
      memoryMb: 512,
      warm: [],
      ...load,
    }),
    jail: () => ({ tier: 'process', layers: [], grants: { trusted: [] } }),
  }
  return runnerState({ runner: runner as Runner, admission: admissionOf(), accepting: true, labels: [], priceMs })
}

test.each([
  ['a price beyond the longest call, as calls of an hour make it', {}, 20 * 3_600_000, { priceMs: CALL_MAX_MS }],
  ['a price that is no number', {}, NaN, { priceMs: 0 }],
  ['a machine quicker than any', { speed: 5000 }, 0, { speed: 1000 }],
  ['more slots than can be counted', { slots: 1e9 }, 0, { slots: 1_000_000 }],
  ['memory without end', { memoryMb: Infinity }, 0, { memoryMb: Number.MAX_SAFE_INTEGER }],
])('a runner with %s can still say what it is', (_, load, priceMs, said) => {
  const state = stateOf(load, priceMs)
  expect(decodeNews(encodeNews({ state }, undefined), undefined).state).toMatchObject(said)
})
