import { expect, test } from 'vitest'
import { discovery, type Discovery } from '../src/discovery.ts'
import { FOUND_DIALS_AT_ONCE, FOUND_LINKS_MAX } from '../src/limits.ts'
import { settle } from './helpers/call-ends.ts'

interface Found {
  discover: Discovery
  dialled: string[]
  world: { now: number; links: number; connect(): Promise<void> }
}

function found(): Found {
  const dialled: string[] = []
  const world = { now: 0, links: 0, connect: (): Promise<void> => Promise.resolve() }
  const discover = discovery({
    now: () => world.now,
    random: () => 0,
    linked: (peer) => peer === 'linked',
    links: () => world.links,
    connect: (peer) => {
      dialled.push(peer)
      return world.connect()
    },
    log: () => {},
  })
  return { discover, dialled, world }
}

test('dials who is found, but not who is linked or being dialled', () => {
  const { discover, dialled, world } = found()
  world.connect = () => new Promise(() => {})
  for (const peer of ['linked', 'a', 'a', 'b']) discover.found(peer, [])
  expect(dialled).toEqual(['a', 'b'])
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
