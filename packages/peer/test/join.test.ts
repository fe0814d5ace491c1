import { HitherError, type JoinProgress } from '@hither/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { joinAll } from '../src/join.ts'
import { FIND_PEERS_MS, LINK_RISES_LOOK_MS, LINK_RISES_MS } from '../src/limits/finding.ts'
import { fakeLinks, type FakeLinks } from './fakes.ts'

/** Links by which nobody is reached before the test says so. */
function dialling(rising: number): { links: FakeLinks; up: (peer: string) => void; turnAway: () => void } {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const links = fakeLinks()
  const ends = new Map<string, (peer: string) => void>()
  let progress: ((told: JoinProgress) => void) | undefined
  return {
    links: {
      ...links,
      rising: () => rising,
      join: (address, options) => {
        progress = options?.onProgress
        return new Promise((resolve) => ends.set(address, resolve))
      },
    },
    up(peer) {
      links.peers.set(peer, {})
      links.emit({ type: 'up', peer })
      ends.get(peer)?.(peer)
    },
    turnAway: () => progress?.({ error: new HitherError('wrong-network', 'of another') } as JoinProgress),
  }
}

const noAnswer = (address: string): object => ({ address, code: 'peer-unreachable', message: 'no answer yet' })

test('who does not answer is not waited for', async () => {
  const { links } = dialling(0)
  const joined = joinAll(links, ['a'])
  await vi.advanceTimersByTimeAsync(FIND_PEERS_MS)
  expect(await joined).toEqual({ reached: [], failed: [noAnswer('a')] })
  expect(links.listenerCount()).toBe(0)
})

test('who has answered may take some seconds more to link, or to turn one away; but not for ever', async () => {
  const linked = dialling(1)
  const joined = joinAll(linked.links, ['a'])
  await vi.advanceTimersByTimeAsync(FIND_PEERS_MS + LINK_RISES_MS / 2)
  linked.up('a')
  expect(await joined).toEqual({ reached: ['a'], failed: [] })
  expect(vi.getTimerCount()).toBe(0)

  const strange = dialling(1)
  const turned = joinAll(strange.links, ['a'])
  await vi.advanceTimersByTimeAsync(FIND_PEERS_MS + LINK_RISES_MS / 2)
  strange.turnAway()
  expect(await turned).toMatchObject({ reached: [], failed: [{ address: 'a', code: 'wrong-network' }] })

  const silent = joinAll(dialling(1).links, ['a'])
  await vi.advanceTimersByTimeAsync(FIND_PEERS_MS + LINK_RISES_MS + LINK_RISES_LOOK_MS)
  expect(await silent).toEqual({ reached: [], failed: [noAnswer('a')] })
})

test('once one is reached the others get no more than the first moments', async () => {
  const { links, up } = dialling(1)
  const joined = joinAll(links, ['a', 'b'])
  up('a')
  await vi.advanceTimersByTimeAsync(FIND_PEERS_MS)
  expect(await joined).toEqual({ reached: ['a'], failed: [noAnswer('b')] })
})
