import { expect, test } from 'vitest'
import { halved, sample, type Estimate } from '../src/estimate.ts'
import { RTT_OPENING_SAMPLES, RTT_STALE_MS, RTT_UNKNOWN_MS } from '../src/limits/distance.ts'
import { distanceErrorMs, distanceMs, sampleRtt } from '../src/rtt.ts'

function samples(...values: number[]): Estimate | undefined {
  return values.reduce<Estimate | undefined>((before, value) => sample(before, value, 0), undefined)
}

test('the first sample is the mean, with half of it as deviation', () => {
  expect(samples(100)).toEqual({ mean: 100, deviation: 50, at: 0 })
})

test('further samples weigh as in RFC 6298', () => {
  // mean 100 + 20 / 8; deviation 50 + (20 - 50) / 4
  expect(samples(100, 120)).toEqual({ mean: 102.5, deviation: 42.5, at: 0 })
})

test('a steady measure loses its deviation', () => {
  const steady = samples(...Array.from({ length: 40 }, () => 7))
  expect(steady?.mean).toBe(7)
  expect(steady?.deviation).toBeLessThan(0.001)
})

test('a half-life halves', () => {
  expect(halved(0, 100)).toBe(1)
  expect(halved(100, 100)).toBe(0.5)
  expect(halved(300, 100)).toBe(0.125)
})

test('a peer that nobody measured is far, but not out of reach', () => {
  expect(distanceMs(undefined)).toBe(RTT_UNKNOWN_MS)
  expect(distanceErrorMs(undefined)).toBe(0)
})

test('a wavering peer counts as farther than a steady one of the same mean', () => {
  const steady = { mean: 20, deviation: 0, at: 0 }
  const wavering = { mean: 20, deviation: 10, at: 0 }
  expect(distanceMs(wavering)).toBeGreaterThan(distanceMs(steady))
})

test('a negative round trip counts as none', () => {
  expect(distanceMs(sampleRtt(undefined, -3, 0))).toBe(0)
})

test('after a long gap the next sample counts as the first', () => {
  const old = { mean: 200, deviation: 1, at: 0, samples: 9 }
  expect(sampleRtt(old, 2, RTT_STALE_MS + 1)).toEqual({
    mean: 2,
    deviation: 1,
    at: RTT_STALE_MS + 1,
    samples: 1,
  })
  expect(sampleRtt(old, 100, RTT_STALE_MS - 1).mean).toBeGreaterThan(150)
})

test('of the first few round trips the least counts; later ones only move the mean', () => {
  let rtt = sampleRtt(undefined, 9, 0)
  rtt = sampleRtt(rtt, 2, 0)
  expect(rtt).toEqual({ mean: 2, deviation: 1, at: 0, samples: 2 })
  rtt = sampleRtt(rtt, 30, 0)
  expect(rtt.mean).toBeLessThan(6)
  expect(sampleRtt(rtt, 2, 0).mean).toBe(2)
  const settled = { ...rtt, samples: RTT_OPENING_SAMPLES }
  expect(sampleRtt(settled, 2, 0).mean).toBeGreaterThan(4)
})

test('a line that was full or cut for a while is near again with the first round trip that says so', () => {
  let rtt = { mean: 20, deviation: 2, at: 0, samples: 9 }
  for (const held of [900, 2100, 4000]) rtt = sampleRtt(rtt, held, 0)
  expect(distanceMs(rtt)).toBeGreaterThan(500)
  rtt = sampleRtt(rtt, 21, 0)
  expect(rtt).toEqual({ mean: 21, deviation: 10.5, at: 0, samples: 13 })
})

test('one that wavers keeps its mean', () => {
  let rtt = { mean: 10, deviation: 4, at: 0, samples: 9 }
  for (const wavering of [30, 4, 60, 5, 4]) rtt = sampleRtt(rtt, wavering, 0)
  expect(rtt.mean).toBeGreaterThan(10)
})

test('a distance that jumps from 1 to 80 ms passes 20 ms in a few samples', () => {
  let rtt = { mean: 1, deviation: 0, at: 0, samples: 9 }
  let count = 0
  for (; distanceMs(rtt) < 20; count++) rtt = sampleRtt(rtt, 80, 0)
  expect(count).toBeLessThanOrEqual(3)
})
