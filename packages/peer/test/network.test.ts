import { expect, test } from 'vitest'
import { FIND_PEERS_MS, LINK_BACK_MS } from '../src/limits.ts'
import { joining, waitForLinks } from '../src/network.ts'
import { fakeLinks } from './fakes.ts'

test('links are expected at first, and for a moment after one was lost', () => {
  let now = 0
  const links = joining(() => now)
  expect(links.leftMs()).toBe(FIND_PEERS_MS)
  links.begin()
  now = 100
  links.begin()
  expect(links.leftMs()).toBe(FIND_PEERS_MS - 100)
  now = FIND_PEERS_MS + 1
  expect(links.leftMs()).toBe(0)
  links.lost()
  expect(links.leftMs()).toBe(LINK_BACK_MS)
})

test('waiting ends with what is looked for, with the time, or with the signal, and leaves no listener', async () => {
  const links = fakeLinks()
  const first = (): string | undefined => links.list()[0]?.peer
  const found = waitForLinks(links, first, 10_000)
  links.peers.set('a', {})
  links.emit({ type: 'up', peer: 'a' })
  expect(await found).toBe('a')
  expect(await waitForLinks(links, () => undefined, 1)).toBeUndefined()
  const controller = new AbortController()
  const aborted = waitForLinks(links, () => undefined, 10_000, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  expect(links.listenerCount()).toBe(0)
})
