import type { Coordinate } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { wayMs } from '../src/space.ts'
import { ownPlace, type OwnPlace } from '../src/vivaldi.ts'
import { seeded } from './fixtures.ts'

/** Peers on a plane of 200 ms by 100 ms, each behind an access line. */
function town(count: number, random: () => number): { ways: number[][]; places: OwnPlace[] } {
  const spots = Array.from({ length: count }, () => [200 * random(), 100 * random(), 1 + 10 * random()] as const)
  const ways = spots.map(([x, y, h]) => spots.map(([u, v, g]) => Math.hypot(x - u, y - v) + h + g))
  return { ways, places: spots.map(() => ownPlace(random)) }
}

function talk({ ways, places }: ReturnType<typeof town>, rounds: number, random: () => number, liars = 0): void {
  for (let round = 0; round < rounds; round++) {
    for (const [i, place] of places.entries()) {
      const j = Math.floor(random() * places.length)
      if (i === j || i < liars) continue
      const said = j < liars ? liesOf(random) : places[j]?.coordinate()
      if (said !== undefined) place.learn(said, (ways[i]?.[j] ?? 0) * (1 + 0.1 * (random() - 0.5)), j < liars ? 5 : 0)
    }
  }
}

function liesOf(random: () => number): Coordinate {
  return { at: [9000, 9000, 9000, 9000].map((value) => value * (random() - 0.5)), heightMs: 0, error: 0 }
}

/** By how much of itself the median way between honest peers is predicted wrongly. */
function medianError({ ways, places }: ReturnType<typeof town>, from = 0): number {
  const errors: number[] = []
  for (let i = from; i < places.length; i++) {
    for (let j = from; j < i; j++) {
      const [a, b, truth] = [places[i]?.coordinate(), places[j]?.coordinate(), ways[i]?.[j] ?? 1]
      if (a !== undefined && b !== undefined) errors.push(Math.abs(wayMs(a, b) - truth) / truth)
    }
  }
  return errors.toSorted((a, b) => a - b)[Math.floor(errors.length / 2)] ?? NaN
}

describe('places found from round trips', () => {
  test('predict the way between peers that never spoke, within a tenth at the median', () => {
    const random = seeded(3)
    const it = town(60, random)
    talk(it, 200, random)
    expect(medianError(it)).toBeLessThan(0.1)
  })

  test('with a tenth of liars they still do, within a fifth', () => {
    const random = seeded(4)
    const it = town(60, random)
    talk(it, 200, random, 6)
    expect(medianError(it, 6)).toBeLessThan(0.2)
  })

  test('do not drift away together', () => {
    const random = seeded(5)
    const it = town(20, random)
    talk(it, 2000, random)
    for (const place of it.places) expect(Math.hypot(...place.coordinate().at)).toBeLessThan(400)
  })

  test('one sample, however wild, moves a place no farther than a far honest one would', () => {
    const random = seeded(6)
    const place = ownPlace(random)
    const before = place.coordinate()
    place.learn(liesOf(random), 1e9, 0)
    expect(Math.hypot(...place.coordinate().at.map((value, i) => value - (before.at[i] ?? 0)))).toBeLessThan(60)
  })
})
