import { KNOWN_FAR, KNOWN_NEAR } from '../limits.ts'
import { generator } from '../random.ts'
import type { World } from './world.ts'

/** The nearest runners of a peer, by true distance, nearest first. Looks at whole cities, going outward. */
export function nearestRunners({ cities, peers, runners, rtt }: World, peer: number, count: number): number[] {
  // The best so far, nearest first: to sort a whole city for each of its peers would take longer than the run.
  const found: number[] = []
  const foundMs: number[] = []
  const own = peers.runner[peer] ?? -1
  let looked = 0
  for (const city of cities.order[peers.city[peer] ?? 0] ?? []) {
    const some = runners.ofCity[city] ?? new Int32Array()
    for (const runner of some) {
      const ms = runner === own ? 0 : rtt(peer, runners.peer[runner] ?? 0)
      let place = found.length
      while (place > 0 && isAfter(foundMs[place - 1] ?? 0, found[place - 1] ?? 0, ms, runner)) place--
      if (place >= count) continue
      found.splice(place, 0, runner)
      foundMs.splice(place, 0, ms)
      if (found.length > count) {
        found.pop()
        foundMs.pop()
      }
    }
    looked += some.length
    // Detours shuffle the near ones: a few more are looked at than are wanted.
    if (looked >= 3 * count) break
  }
  return found
}

function isAfter(ms: number, runner: number, otherMs: number, other: number): boolean {
  return ms > otherMs || (ms === otherMs && runner > other)
}

/**
 * The runners that a peer hears from, nearest first: those at hand, and some at ranks that grow by a constant factor, each peer's
 * its own. It finds them through membership messages; here it has found them.
 */
export function knownRunners(world: World, peer: number, near: number = KNOWN_NEAR, far: number = KNOWN_FAR): number[] {
  const { seed, cities, peers, runners } = world
  const known = nearestRunners(world, peer, near)
  const random = generator(seed ^ 0x5eed, peer)
  const growth = runners.count / near
  const order = cities.order[peers.city[peer] ?? 0] ?? new Uint16Array()
  for (let i = 0; i < far && known.length < runners.count; i++) {
    const rank = Math.floor(near * growth ** ((i + random()) / far))
    let passed = 0
    for (const city of order) {
      const some = runners.ofCity[city] ?? new Int32Array()
      passed += some.length
      if (passed <= rank) continue
      const start = Math.floor(random() * some.length)
      const runner = firstNew(some, start, known)
      if (runner !== undefined) known.push(runner)
      break
    }
  }
  return known
}

function firstNew(some: Int32Array, start: number, known: readonly number[]): number | undefined {
  for (let i = 0; i < some.length; i++) {
    const runner = some[(start + i) % some.length]
    if (runner !== undefined && !known.includes(runner)) return runner
  }
  return undefined
}
