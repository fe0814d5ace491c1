import type { Random } from '@hither/core'
import { CITIES_MAX, CITIES_MIN, CITY_SIZE_POWER, CONTINENTS, CONTINENT_SPREAD, MS_PER_RADIAN } from '../limits.ts'
import { normal } from '../random.ts'

export interface Cities {
  count: number
  /** Round trip between two cities in ms, 0 within one: `baseMs[a * count + b]`. */
  baseMs: Float64Array
  /** Every city's others, nearest first, itself included. */
  order: Uint16Array[]
  /** Sums of the cities' sizes. */
  sizes: Float64Array
}

type Point = readonly [number, number, number]

export function makeCities(random: Random): Cities {
  const count = CITIES_MIN + Math.floor(random() * (CITIES_MAX - CITIES_MIN + 1))
  const centres = Array.from({ length: CONTINENTS }, () => unit([normal(random), normal(random), normal(random)]))
  const places = Array.from({ length: count }, (_, i) => {
    const [x, y, z] = centres[i % CONTINENTS] ?? [0, 0, 1]
    const off = (): number => CONTINENT_SPREAD * normal(random)
    return unit([x + off(), y + off(), z + off()])
  })
  const baseMs = new Float64Array(count * count)
  for (const [a, here] of places.entries()) {
    for (const [b, there] of places.entries()) if (a !== b) baseMs[a * count + b] = MS_PER_RADIAN * angle(here, there)
  }
  const weights = shuffled(
    Array.from({ length: count }, (_, i) => (i + 1) ** -CITY_SIZE_POWER),
    random,
  )
  return { count, baseMs, order: orderOf(count, baseMs), sizes: sums(weights) }
}

/** A table in place of a sphere, as a scenario may give it; all cities are of one size. */
export function citiesOf(table: readonly (readonly number[])[]): Cities {
  const count = table.length
  const baseMs = Float64Array.from(table.flat())
  return { count, baseMs, order: orderOf(count, baseMs), sizes: sums(Array.from({ length: count }, () => 1)) }
}

export function sums(weights: readonly number[]): Float64Array {
  let sum = 0
  return Float64Array.from(weights, (weight) => (sum += weight))
}

function orderOf(count: number, baseMs: Float64Array): Uint16Array[] {
  const from = (a: number, b: number): number => baseMs[a * count + b] ?? 0
  return Array.from({ length: count }, (_, a) =>
    Uint16Array.from({ length: count }, (__, b) => b).sort((b, c) => from(a, b) - from(a, c) || b - c),
  )
}

function unit([x, y, z]: Point): Point {
  const length = Math.hypot(x, y, z)
  return [x / length, y / length, z / length]
}

function angle(a: Point, b: Point): number {
  return Math.acos(Math.min(1, Math.max(-1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])))
}

function shuffled(values: number[], random: Random): number[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [values[i] ?? 0, values[j] ?? 0]
    values[i] = b
    values[j] = a
  }
  return values
}
