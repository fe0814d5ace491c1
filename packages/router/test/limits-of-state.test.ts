import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { cidOf, WARM_HINT_BYTES, type Placement } from '@hither/core'
import { expect, test } from 'vitest'
import { book } from '../src/book.ts'
import { router } from '../src/index.ts'
import { WITNESSES_PER_PEER_MAX } from '../src/limits/evidence.ts'
import { FUNCTIONS_MAX, MEMORIES_PER_PEER_MAX } from '../src/limits/memory.ts'
import { memory } from '../src/memory.ts'
import { observe } from '../src/observe.ts'
import { CID_A, idle, metrics, seeded } from './fixtures.ts'

const PEERS = 10_000

/** A book after a long life: places, measurements and words of everybody, calls and refusals with each. */
function full(placement: Placement): void {
  for (let i = 0; i < PEERS; i++) {
    const peer = `12D3KooWpeer${i}`
    const coordinate = { at: [i % 100, i % 70, 0, 0], heightMs: 2, error: 0.2 }
    placement.observe({ type: 'up', peer }, 0)
    for (let n = 0; n < 3; n++) placement.observe({ type: 'rtt', peer, ms: 1 + (i % 300), coordinate }, 1000 * n)
    placement.observe({ type: 'state', peer, state: idle({ warm: new Uint8Array(42 * WARM_HINT_BYTES) }) }, 3000)
    placement.observe({ type: 'sent', peer, cid: CID_A }, 3000)
    placement.observe({ type: 'answered', peer, cid: CID_A, metrics: metrics(), ms: 25 + (i % 300) }, 3100)
    placement.observe({ type: 'refused', peer, cid: CID_A, code: 'busy' }, 3200)
  }
}

test('ten thousand known peers take at most 20 MB', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const placement = router()({ random: seeded(1) })
  gc()
  const before = process.memoryUsage()
  full(placement)
  gc()
  const after = process.memoryUsage()
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  expect(bytes).toBeLessThan(20e6)
  expect(placement.wants(4000).length).toBeGreaterThan(0)
})

test('what others say of strangers makes nobody known', () => {
  const known = memory(seeded(1), 100)
  observe(known, { type: 'up', peer: 'p' }, 0)
  for (let i = 0; i < 200; i++) {
    observe(known, { type: 'evidence', by: 'w', peer: `x${i}`, calls: 9, slower: 2, wrong: 0, ageMs: 0 }, i)
  }
  expect(known.book.size).toBe(1)
})

test('what is kept of one peer does not grow with what happens there', async () => {
  const known = memory(seeded(1), 100)
  observe(known, { type: 'up', peer: 'p' }, 0)
  for (let i = 0; i < 3 * MEMORIES_PER_PEER_MAX; i++) {
    const cid = await cidOf(Uint8Array.of(i, i >> 8), 'dag-cbor')
    observe(known, { type: 'sent', peer: 'p', cid }, i)
    observe(known, { type: 'refused', peer: 'p', cid, code: 'unsupported' }, i)
    observe(known, { type: 'failed', peer: 'p', cid, code: 'timeout' }, i)
    observe(known, { type: 'evidence', by: `w${i}`, peer: 'p', calls: 9, slower: 2, wrong: 0, ageMs: 0 }, i)
  }
  const record = known.book.get('p')
  expect(record?.refusals?.size).toBe(MEMORIES_PER_PEER_MAX)
  expect(record?.circuits?.size).toBe(MEMORIES_PER_PEER_MAX)
  expect(record?.hearsay?.size).toBe(WITNESSES_PER_PEER_MAX)
  expect(record?.underWay).toBeUndefined()
  expect(known.functions.size).toBeLessThanOrEqual(FUNCTIONS_MAX)
})

test('a runner known by the word of others stands in the order of those, and in the other once it is up', () => {
  const it = book(() => 5)
  const record = it.meet('p')
  record.word = { state: idle(), at: 0, foreign: 0, full: 0 }
  it.settle(record)
  expect([it.told, it.offering].map((some) => some.map(({ peer }) => peer))).toEqual([['p'], []])
  record.up = true
  it.settle(record)
  expect([it.told, it.offering].map((some) => some.map(({ peer }) => peer))).toEqual([[], ['p']])
})
