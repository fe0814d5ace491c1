import { assert, nat, property } from 'fast-check'
import { expect, test } from 'vitest'
import { makeCalls } from '../../bench/sim/calls.ts'
import { knownRunners, nearestRunners } from '../../bench/sim/world/known.ts'
import { makeWorld, type World } from '../../bench/sim/world/world.ts'

const SEEDS = [1, 2, 3, 4, 5]

function small(seed: number, more: { load?: number; rate?: number } = {}): World {
  return makeWorld({ seed, peers: 2000, load: 0.7, rate: 20, ...more })
}

test('a round trip is a function of the pair, the same both ways, and nothing to oneself', () => {
  const [one, same] = [small(1), small(1)]
  const peer = nat(1999)
  assert(
    property(peer, peer, (a, b) => {
      expect(one.rtt(a, b)).toBe(one.rtt(b, a))
      expect(one.rtt(a, b)).toBe(same.rtt(a, b))
      if (a === b) expect(one.rtt(a, b)).toBe(0)
      else expect(one.rtt(a, b)).toBeGreaterThan(1)
    }),
  )
})

test('most ways within a city take 2 to 20 ms, and the farthest over 200', () => {
  for (const seed of SEEDS) {
    const { rtt, peers } = small(seed)
    const inside: number[] = []
    let farthest = 0
    for (let a = 0; a < 1000; a++) {
      for (let b = 1000; b < 1040; b++) {
        farthest = Math.max(farthest, rtt(a, b))
        if (peers.city[a] === peers.city[b]) inside.push(rtt(a, b))
      }
    }
    expect(farthest).toBeGreaterThan(200)
    const fits = inside.filter((ms) => ms >= 2 && ms <= 20)
    expect(fits.length / inside.length).toBeGreaterThan(0.9)
  }
})

test('about one pair in ten is nearer by way of a third', () => {
  const { rtt } = small(1)
  let broken = 0
  const pairs = 300
  for (let i = 0; i < pairs; i++) {
    const [a, b] = [i, i + 1000]
    let shortest = Infinity
    for (let via = 0; via < 2000; via++) {
      if (via !== a && via !== b) shortest = Math.min(shortest, rtt(a, via) + rtt(via, b))
    }
    if (shortest < rtt(a, b)) broken++
  }
  expect(broken / pairs).toBeGreaterThan(0.05)
  expect(broken / pairs).toBeLessThan(0.2)
})

test('at least a fifth of the demand is in cities that ask for more than they have, at any load', () => {
  for (const seed of SEEDS) {
    for (const load of [0.5, 0.7, 0.85]) expect(small(seed, { load }).demand.hotShare).toBeGreaterThan(0.2)
  }
})

test('load and rate are both what was asked for', () => {
  for (const rate of [2, 20]) {
    const world = small(1, { rate })
    const calls = makeCalls(world, 200_000, rate)
    const seconds = (calls.at[calls.count - 1] ?? 0) / 1000
    expect(calls.count / seconds / world.peers.count / rate).toBeCloseTo(1, 1)
    const offered = calls.workMs.reduce((sum, ms) => sum + ms, 0) / 1000 / seconds
    const { slots, speed } = world.runners
    const capacity = slots.reduce((sum, some, runner) => sum + some * (speed[runner] ?? 0), 0)
    expect(offered / capacity).toBeCloseTo(0.7, 1)
    expect(Math.max(...speed) / Math.min(...speed)).toBeLessThan(3)
  }
})

test('a peer hears from its nearest runners and from some all over, each once', () => {
  const world = small(1)
  for (let peer = 0; peer < 100; peer++) {
    const known = knownRunners(world, peer)
    expect(new Set(known).size).toBe(known.length)
    expect(known.slice(0, 12)).toEqual(nearestRunners(world, peer, 12))
    const farthest = Math.max(...known.map((runner) => world.rtt(peer, world.runners.peer[runner] ?? 0)))
    expect(farthest).toBeGreaterThan(50)
  }
})
