import { expect, test } from 'vitest'
import { slownessFactor, sampleSlowness, type Slowness } from '../src/speed.ts'

const USUAL_LOG = Math.log(51)

function runs(times: number, ...runMs: number[]): Slowness | undefined {
  let learnt: Slowness | undefined
  for (let i = 0; i < times; i++) learnt = sampleSlowness(learnt, runMs[i % runMs.length] ?? 0, USUAL_LOG, 0)
  return learnt
}

test('a machine nobody saw run is as quick as it says, or as usual', () => {
  expect(slownessFactor(undefined, 0)).toBe(1)
  expect(slownessFactor(undefined, 0, 2)).toBeCloseTo(0.5)
})

test('a slow machine counts as slow and a fast one as fast, whatever they say', () => {
  expect(slownessFactor(runs(60, 250), 0, 3)).toBeCloseTo(251 / 51, 0)
  expect(slownessFactor(runs(60, 10), 0, 0.5)).toBeCloseTo(11 / 51, 1)
})

test('where runs scatter by factors, it takes many to believe a machine to be other than it says', () => {
  const [few, many] = [runs(2, 20, 250), runs(60, 20, 250)]
  expect(slownessFactor(few, 0, 1)).toBeCloseTo(1, 0)
  const truth = Math.sqrt((21 / 51) * (251 / 51))
  expect(Math.abs(slownessFactor(many, 0, 1) - truth)).toBeLessThan(Math.abs(slownessFactor(few, 0, 1) - truth))
})

test('an absurd claim or run counts within bounds', () => {
  expect(slownessFactor(undefined, 0, 1e9)).toBeCloseTo(1 / 16)
  expect(slownessFactor(undefined, 0, 0)).toBeCloseTo(16)
  expect(slownessFactor(runs(60, 1e9), 0)).toBeLessThanOrEqual(16.1)
})

test('a machine that was slow for a minute is believed to be usual again some minutes later, and a new run counts at once', () => {
  const slow = runs(60, 250)
  expect(slownessFactor(slow, 10_000)).toBeGreaterThan(3)
  expect(slownessFactor(slow, 10 * 60_000)).toBe(1)
  const again = sampleSlowness(slow, 50, USUAL_LOG, 10 * 60_000)
  expect(slownessFactor(again, 10 * 60_000)).toBeCloseTo(1)
})
