import { router } from '@hither/router'
import { cidOf, WARM_HINT_BYTES, WARM_HINTS_MAX, type Placement, type RunnerState } from '@hither/core'
import { expect, test } from 'vitest'

/**
 * Claim: a decision takes under 50 µs, and costs no more the more peers are known. Vitest's module runner adds to each use
 * of an import, here about as much again as the decision itself takes.
 */

const cid = await cidOf(new TextEncoder().encode('a function'), 'dag-cbor')

/** Pseudo-random and the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Every runner names as many warm functions as it may, none of them the one asked for: the longest search. */
function crowded(count: number, random: () => number): Placement {
  const placement = router()({ random })
  for (let i = 0; i < count; i++) {
    const peer = `12D3KooWpeer${i}`
    const slots = 1 + Math.floor(random() * 8)
    const state: RunnerState = {
      accepting: random() < 0.9,
      slots,
      busy: Math.floor(random() * (slots + 1)),
      queued: 0,
      priceMs: 0,
      admits: 'anyone',
      tier: 'process',
      grants: [],
      warm: Uint8Array.from({ length: WARM_HINTS_MAX * WARM_HINT_BYTES }, () => Math.floor(random() * 256)),
    }
    placement.observe({ type: 'up', peer }, 0)
    placement.observe({ type: 'rtt', peer, ms: 1 + random() * 300 }, 0)
    placement.observe({ type: 'state', peer, state }, 0)
  }
  return placement
}

test('one decision', async ({ bench }) => {
  const decide = (count: number): (() => void) => {
    const placement = crowded(count, seeded(count))
    const query = { cid, needs: [], tried: new Set<string>() }
    return () => void placement.route(query, 1)
  }
  const results = await bench.compare(
    bench('10 peers', decide(10)),
    bench('100 peers', decide(100)),
    bench('1,000 peers', decide(1000)),
    bench('10,000 peers', decide(10_000)),
  )
  const [few, many] = [results.get('1,000 peers').latency.p50, results.get('10,000 peers').latency.p50]
  expect(many).toBeLessThan(2 * few)
})

test('one measurement of a round trip', async ({ bench }) => {
  const measure = (count: number): (() => void) => {
    const random = seeded(count)
    const placement = crowded(count, random)
    return () => {
      const peer = `12D3KooWpeer${Math.floor(random() * count)}`
      placement.observe({ type: 'rtt', peer, ms: 1 + random() * 300 }, 1)
    }
  }
  const results = await bench.compare(bench('100 peers', measure(100)), bench('10,000 peers', measure(10_000)))
  expect(results.get('10,000 peers').latency.p50).toBeLessThan(0.1)
})
