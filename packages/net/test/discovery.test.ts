import { expect, test } from 'vitest'
import { discovery, type Discovery } from '../src/discovery.ts'
import { FOUND_DIALS_AT_ONCE, FOUND_LINKS_MAX, LOST_TRIES_MAX } from '../src/limits/finding.ts'
import { settle } from './helpers/call-ends.ts'
import { manualTime, type ManualTime } from './helpers/manual-timers.ts'

interface Found {
  discover: Discovery
  dialled: string[]
  world: { now: number; links: number; linked: string; connect(): Promise<void> }
  time: ManualTime
}

function found(): Found {
  const dialled: string[] = []
  const time = manualTime()
  const start = time.now()
  const world = { now: 0, links: 0, linked: 'linked', connect: (): Promise<void> => Promise.resolve() }
  const discover = discovery({
    timers: time.timers,
    now: () => world.now + time.now() - start,
    random: () => 0,
    linked: (peer) => peer === world.linked,
    links: () => world.links,
    connect: (peer) => {
      dialled.push(peer)
      return world.connect()
    },
    log: () => {},
  })
  return { discover, dialled, world, time }
}

test('dials who is found, but not who is linked or being dialled', () => {
  const { discover, dialled, world } = found()
  world.connect = () => new Promise(() => {})
  for (const peer of ['linked', 'a', 'a', 'b']) discover.found(peer, [])
  expect(dialled).toEqual(['a', 'b'])
})

test('dials nobody any more once it was stopped', () => {
  const { discover, dialled } = found()
  discover.stop()
  discover.found('a', [])
  expect(dialled).toEqual([])
})

test('dials few at once, and none when there are enough links', () => {
  const { discover, dialled, world } = found()
  world.connect = () => new Promise(() => {})
  for (let peer = 0; peer < 20; peer++) discover.found(`p${peer}`, [])
  expect(dialled).toHaveLength(FOUND_DIALS_AT_ONCE)
  const crowded = found()
  crowded.world.links = FOUND_LINKS_MAX
  crowded.discover.found('a', [])
  expect(crowded.dialled).toEqual([])
})

test('leaves who failed alone, longer each time', async () => {
  const { discover, dialled, world } = found()
  world.connect = () => Promise.reject(new Error('refused'))
  for (world.now = 0; world.now < 10_000; world.now += 100) {
    discover.found('a', [])
    await settle()
  }
  expect(dialled).toHaveLength(5)
})

async function pass(time: ManualTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    time.advance(100)
    await settle()
  }
}

test('looks for one whose link broke where it was found, soon and then more rarely, until it is back', async () => {
  const { discover, dialled, world, time } = found()
  discover.found('linked', ['/ip4/10.0.0.1/tcp/1'])
  world.linked = 'nobody'
  world.connect = () => Promise.reject(new Error('cut off'))
  discover.lost('linked')
  await pass(time, 500)
  expect(dialled).toHaveLength(1)
  await pass(time, 3_500)
  expect(dialled).toHaveLength(4)
  world.linked = 'linked'
  await pass(time, 60_000)
  expect(dialled).toHaveLength(4)
})

test('gives up on one that does not come back, never looks for strangers, and stops when told to', async () => {
  const { discover, dialled, world, time } = found()
  world.connect = () => Promise.reject(new Error('gone'))
  discover.lost('stranger')
  discover.found('linked', [])
  world.linked = 'nobody'
  discover.lost('linked')
  await pass(time, 120_000)
  expect(dialled).toHaveLength(LOST_TRIES_MAX)
  discover.lost('linked')
  discover.stop()
  await pass(time, 10_000)
  expect(dialled).toHaveLength(LOST_TRIES_MAX)
})
