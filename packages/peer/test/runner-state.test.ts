import { CALL_MAX_MS, decodeNews, encodeNews, warmHint, type Runner, type RunnerLoad } from '@hither/core'
import { expect, test } from 'vitest'
import { WARM_LOOK_MS } from '../src/limits/serving.ts'
import { runnerState, warmHints } from '../src/runner-state.ts'
import { admissionOf, testFunction } from './fakes.ts'

function stateOf(load: Partial<RunnerLoad>, priceMs: number) {
  const runner: Pick<Runner, 'load' | 'jail'> = {
    load: () => ({
      slots: 8,
      busy: 0,
      queued: 0,
      cores: { lent: 2, burning: 0, waiting: 0 },
      memoryMb: 512,
      ...load,
    }),
    jail: () => ({ tier: 'process', layers: [], grants: { trusted: [] } }),
  }
  return runnerState({
    runner: runner as Runner,
    admission: admissionOf(),
    accepting: true,
    labels: [],
    priceMs,
    warm: new Uint8Array(0),
  })
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

test('what is warm is looked up after it was asked for, and is the same object while it is the same', async () => {
  const [{ cid: one }, { cid: two }] = [await testFunction('one'), await testFunction('two')]
  let warm = [one]
  let looks = 0
  const runner: Pick<Runner, 'warm'> = {
    warm() {
      looks++
      return warm
    },
  }
  const due: (() => void)[] = []
  const timers = {
    after(ms: number, run: () => void) {
      expect(ms).toBe(WARM_LOOK_MS)
      due.push(run)
      return () => undefined
    },
  }
  const hints = warmHints(runner, timers)
  expect([hints(), hints(), looks, due.length]).toEqual([new Uint8Array(0), new Uint8Array(0), 0, 1])
  due.pop()?.()
  const first = hints()
  expect(first).toEqual(warmHint(one))
  warm = [two, one]
  expect([hints() === first, due.length]).toEqual([true, 1])
  due.pop()?.()
  const second = hints()
  expect(second).toEqual(Uint8Array.of(...warmHint(two), ...warmHint(one)))
  due.pop()?.()
  expect([hints() === second, looks]).toEqual([true, 3])
})
