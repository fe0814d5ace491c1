import { expect, test } from 'vitest'
import { keeper, type Keeper } from '../src/keeper.ts'
import { redialPause } from '../src/backoff.ts'
import { NAMED_MAX, NAMED_PER_PEER_MAX } from '../src/limits/finding.ts'
import { manualTime, type ManualTime } from './helpers/manual-timers.ts'
import { settle } from './helpers/call-ends.ts'

interface Kept {
  keep: Keeper
  time: ManualTime
  /** When each attempt was made. */
  attempts: number[]
  network: { there: boolean; worked: boolean; lose(): void }
}

function kept(): Kept {
  const time = manualTime()
  const start = time.now()
  const attempts: number[] = []
  let lost = Promise.withResolvers<{ worked: boolean }>()
  const network = {
    there: true,
    worked: false,
    lose() {
      lost.resolve({ worked: network.worked })
      lost = Promise.withResolvers()
    },
  }
  const keep = keeper({
    timers: time.timers,
    now: time.now,
    random: () => 0,
    connect: async () => {
      attempts.push(time.now() - start)
      if (!network.there) throw new Error('refused')
      return 'them'
    },
    up: () => false,
    down: () => lost.promise,
    log: () => {},
  })
  return { keep, time, attempts, network }
}

async function pass(time: ManualTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    time.advance(50)
    await settle()
  }
}

test('a link that was good is dialled again after the shortest pause, then ever more slowly', async () => {
  const { keep, time, attempts, network } = kept()
  expect(await keep.join('/there')).toBe('them')
  await pass(time, 12_000)
  network.there = false
  network.lose()
  await settle()
  await pass(time, 4_000)
  expect(attempts).toEqual([0, 12_250, 12_750, 13_750, 15_750])
  network.there = true
  await pass(time, 4_000)
  expect(attempts.at(-1)).toBe(19_750)
  keep.stop()
  await settle()
  expect(time.pending()).toBe(0)
})

test('pauses double up to half a minute, and chance takes up to half of each', () => {
  expect([0, 1, 2, 6, 7, 100].map((failures) => redialPause(failures, () => 0))).toEqual([
    250, 500, 1000, 16_000, 30_000, 30_000,
  ])
  expect(redialPause(0, () => 0.999)).toBeGreaterThan(125)
})

test('a peer that is killed and started again and again is found soon each time', async () => {
  const { keep, time, attempts, network } = kept()
  network.worked = true
  await keep.join('/there')
  for (let round = 0; round < 4; round++) {
    const before = attempts.length
    network.there = false
    network.lose()
    await pass(time, 1_000)
    network.there = true
    await pass(time, 2_000)
    const made = attempts.slice(before)
    expect(made.length).toBeLessThanOrEqual(3)
    // While it is gone each pause doubles: the last is at most as long again as it was gone.
    expect((made.at(-1) ?? Infinity) - round * 3_000).toBeLessThanOrEqual(2_000)
  }
  keep.stop()
})

test('a link that breaks again and again is not hammered', async () => {
  const { keep, time, attempts, network } = kept()
  await keep.join('/there')
  for (let round = 0; round < 6; round++) {
    network.lose()
    await pass(time, 2_000)
  }
  expect(attempts.length).toBeLessThanOrEqual(5)
  keep.stop()
})

/** A keeper of addresses whose links break at once, and what it dials. */
function breaking(peerAt: (address: string) => string): { keep: Keeper; time: ManualTime; dialled: string[] } {
  const time = manualTime()
  const dialled: string[] = []
  const keep = keeper({
    timers: time.timers,
    now: time.now,
    random: () => 0,
    connect: async (address) => {
      dialled.push(address)
      return peerAt(address)
    },
    up: () => false,
    down: () => Promise.resolve({ worked: true }),
    log: () => {},
  })
  return { keep, time, dialled }
}

test('only so many addresses are kept, the newest', async () => {
  const { keep, time, dialled } = breaking((address) => address)
  for (let one = 0; one <= NAMED_MAX; one++) await keep.join(`/there/${one}`)
  dialled.length = 0
  await pass(time, 1_000)
  expect(new Set(dialled).size).toBe(NAMED_MAX)
  expect(dialled).not.toContain('/there/0')
  keep.stop()
  await settle()
  expect(time.pending()).toBe(0)
})

test('a peer that comes back at another address each time is looked for at its last ones, and pushes out nobody', async () => {
  const { keep, time, dialled } = breaking((address) => address.split('/')[1] ?? '')
  await keep.join('/home/1')
  for (let one = 0; one < 2 * NAMED_MAX; one++) await keep.join(`/roamer/${one}`)
  dialled.length = 0
  await pass(time, 1_000)
  const last = Array.from({ length: NAMED_PER_PEER_MAX }, (_, at) => `/roamer/${2 * NAMED_MAX - 1 - at}`)
  expect([...new Set(dialled)].toSorted()).toEqual(['/home/1', ...last].toSorted())
  keep.stop()
  await settle()
  expect(time.pending()).toBe(0)
})
