import type { Random } from '@hither/core'

/** Mixes two whole numbers and a seed to 32 bits (the finaliser of MurmurHash3 over a multiply each): equal in, equal out. */
export function mix(seed: number, a: number, b: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  h = Math.imul(h ^ a, 0xcc9e2d51)
  h = Math.imul((h << 15) | (h >>> 17), 0x1b873593) ^ Math.imul(b ^ (h >>> 13), 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Numbers from 0 to 1, the same for each seed and stream (sfc32: its period outlasts any run). */
export function generator(seed: number, stream: number): Random {
  let a = mix(seed, stream, 1)
  let b = mix(seed, stream, 2)
  let c = mix(seed, stream, 3)
  let count = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + count) | 0
    count = (count + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** With a mean of 1. */
export function exponential(random: Random): number {
  return -Math.log(1 - random())
}

/** With a mean of 0 and a deviation of 1 (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random())
}

/** A place in a sequence of rising sums, by their steps. */
export function drawFrom(sums: Float64Array, random: Random): number {
  const wanted = random() * (sums[sums.length - 1] ?? 0)
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sums[middle] ?? 0) > wanted) high = middle
    else low = middle + 1
  }
  return low
}
