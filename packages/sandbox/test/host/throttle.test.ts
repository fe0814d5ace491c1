import { beforeEach, expect, test } from 'vitest'
import { RESTLESS_CPU_MS, THROTTLE_MS, WATCH_MS } from '../../src/host/limits.ts'
import { Throttle, type Burner } from '../../src/host/throttle.ts'

/** A process that would burn at such a rate, in cores, as long as it does not stand still. */
interface Fake extends Burner {
  rate: number
  tookMs: number
  still: boolean
}

let now: number
let throttle: Throttle

beforeEach(() => {
  now = 0
  throttle = new Throttle(() => now)
})

function fake(cordon: string, rate: number, cores?: number): Fake {
  const process = { suspend: () => void (one.still = true), resume: () => void (one.still = false) }
  const one: Fake = { cordon, usedMs: 0, share: { cores }, process, rate, tookMs: 0, still: false }
  return one
}

/** They are looked at for so many seconds. Gives the cores that each had. */
function watched(cores: number, seconds: number, fakes: Fake[]): number[] {
  const before = fakes.map(({ tookMs }) => tookMs)
  for (let ms = 0; ms < seconds * 1000; ms += WATCH_MS) {
    now += WATCH_MS
    for (const one of fakes) if (!one.still) one.tookMs += one.rate * WATCH_MS
    throttle.look(
      cores,
      fakes.map((one) => [one, one.tookMs]),
    )
  }
  return fakes.map(({ tookMs }, i) => (tookMs - (before[i] ?? 0)) / (seconds * 1000))
}

const total = (cores: number[]): number => cores.reduce((sum, one) => sum + one, 0)

test('all together have the cores lent and no more, each an even part', () => {
  const burners = ['a', 'b', 'c', 'd'].map((cordon) => fake(cordon, 1))
  watched(1, 5, burners)
  const had = watched(1, 20, burners)
  expect(total(had)).toBeCloseTo(1, 1)
  for (const cores of had) expect(cores).toBeCloseTo(1 / 4, 1)
})

test('who takes little has it, whatever the others take', () => {
  const modest = fake('modest', 0.1)
  const burners = ['a', 'b', 'c'].map((cordon) => fake(cordon, 1))
  const [had] = watched(1, 20, [modest, ...burners])
  expect(had).toBeCloseTo(0.1, 5)
})

test('what those leave who take hardly anything is for the others, and not only for who takes most', () => {
  const honest = fake('honest', 0.2)
  const tiny = Array.from({ length: 8 }, (_, at) => fake(`tiny ${at}`, 0.02))
  const all = [honest, ...tiny, fake('burner', 4)]
  watched(1, 5, all)
  expect(watched(1, 20, all)[0]).toBeCloseTo(0.2, 1)
})

test('a burst that is over soon is let pass, and what is within the cores lent as long as it lasts', () => {
  const burners = ['a', 'b'].map((cordon) => fake(cordon, 1))
  expect(total(watched(1, 0.9, burners))).toBeCloseTo(2)
  const [alone] = watched(1, 20, [fake('c', 1)])
  expect(alone).toBeCloseTo(1)
})

test('a publisher has the cores that are its own at most, in however many processes, and others the rest', () => {
  const own = [fake('capped', 1, 1), fake('capped', 1, 1), fake('capped', 1, 1)]
  const other = fake('other', 1)
  watched(3, 5, [...own, other])
  const [first = 0, second = 0, third = 0, rest] = watched(3, 20, [...own, other])
  expect(first + second + third).toBeCloseTo(1, 1)
  expect(rest).toBeCloseTo(1)
})

test('a publisher has no more for having more processes', () => {
  const many = [fake('many', 1), fake('many', 1), fake('many', 1), fake('many', 1)]
  const one = fake('one', 1)
  watched(1, 5, [...many, one])
  const had = watched(1, 20, [...many, one])
  expect(had.at(-1)).toBeGreaterThan(0.45)
  expect(total(had)).toBeCloseTo(1, 1)
})

test('what was taken while nobody looked is not owed for longer than a moment', () => {
  const burners = [fake('a', 1), fake('b', 1)]
  watched(2, 1, burners)
  now += 10_000
  for (const one of burners) one.tookMs += 10_000
  const [first = 0, second = 0] = watched(2, 1, burners)
  expect(first + second).toBeCloseTo(2, 1)
})

test('who comes after a pause in which others took everything hardly pays for it', () => {
  const before = fake('before', 0)
  const after = fake('after', 0)
  watched(1, 2, [before, after])
  now += THROTTLE_MS
  before.tookMs += 5 * THROTTLE_MS
  after.rate = 1
  const [, had] = watched(1, 5, [before, after])
  expect(had).toBeGreaterThan(0.9)
})

test('nobody stands still for what others took that rest by now', () => {
  const honest = fake('honest', 0.3)
  const burners = Array.from({ length: 7 }, (_, at) => fake(`burst ${at}`, 0))
  const all = [honest, ...burners]
  watched(1, 5, all)
  now += THROTTLE_MS
  for (const one of burners) one.tookMs += THROTTLE_MS
  const [had] = watched(1, 5, all)
  expect(had).toBeCloseTo(0.3, 1)
})

test('who is let go on by somebody else is stopped again', () => {
  const burner = fake('a', 1)
  watched(0.1, 5, [burner, fake('b', 1)])
  burner.still = false
  const [had] = watched(0.1, 5, [burner])
  expect(had).toBeLessThan(0.2)
})

test('who takes some is to be looked at, and who stands still', () => {
  const burner = fake('a', 1)
  throttle.look(1, [[burner, 500]])
  expect(throttle.minds(burner)).toBe(false)
  now += THROTTLE_MS
  throttle.look(1, [[burner, 500 + RESTLESS_CPU_MS + 1]])
  expect(throttle.minds(burner)).toBe(true)
  watched(0.1, 5, [burner])
  while (!throttle.holds(burner)) watched(0.1, WATCH_MS / 1000, [burner])
  expect(throttle.minds(burner)).toBe(true)
})
