import type { Coordinate } from '@hither/core'

/** What two places predict of the round trip between their peers, in ms. */
export function wayMs(a: Coordinate, b: Coordinate): number {
  return apart(a, b) + a.heightMs + b.heightMs
}

/** How far apart they are without their access lines, in ms. */
export function apart(a: Coordinate, b: Coordinate): number {
  let squares = 0
  for (let i = 0; i < a.at.length; i++) squares += ((a.at[i] ?? 0) - (b.at[i] ?? 0)) ** 2
  return Math.sqrt(squares)
}

/** The direction from `b` to `a`, of length 1. Two that are at the same place part by chance, else they would stay together. */
export function direction(a: Coordinate, b: Coordinate, random: () => number): number[] {
  const length = apart(a, b)
  if (length > 1e-6) return a.at.map((value, i) => (value - (b.at[i] ?? 0)) / length)
  const chance = a.at.map(() => random() - 0.5)
  const size = Math.hypot(...chance) || 1
  return chance.map((value) => value / size)
}
