import { expect, test } from 'vitest'
import { FIND_PEERS_MS, LINK_BACK_MS, LINK_RISES_MS } from '../src/limits/finding.ts'
import { joining, waitForLinks } from '../src/network.ts'
import { expected, fakeLinks } from './fakes.ts'

test('links are expected at first, and for a moment after one was lost', () => {
  let now = 0
  const links = joining(
    () => now,
    () => 0,
  )
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

test('a link that is on its way is waited for, but not for ever; where none is, nobody waits', () => {
  let now = 0
  let rising = 1
  const links = joining(
    () => now,
    () => rising,
  )
  expect(links.late()).toBe(false)
  links.begin()
  // A timer that rings a moment early must not give up a link that is on its way.
  now = FIND_PEERS_MS - 0.5
  expect(links.late()).toBe(true)
  now = FIND_PEERS_MS
  expect([links.leftMs(), links.late()]).toEqual([0, true])
  rising = 0
  expect(links.late()).toBe(false)
  rising = 1
  now = FIND_PEERS_MS + LINK_RISES_MS
  expect(links.late()).toBe(false)
})

test('waiting ends with what is looked for, with the time, or with the signal, and leaves no listener', async () => {
  const links = fakeLinks()
  const first = (): string | undefined => links.list()[0]?.peer
  const found = waitForLinks(links, first, expected(10_000))
  links.peers.set('a', {})
  links.emit({ type: 'up', peer: 'a' })
  expect(await found).toBe('a')
  const late = [true, true, false]
  const joins = { ...expected(1), late: () => late.shift() ?? false }
  expect(await waitForLinks(links, () => undefined, joins)).toBeUndefined()
  expect(late).toEqual([])
  const controller = new AbortController()
  const aborted = waitForLinks(links, () => undefined, expected(10_000), { signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  expect(links.listenerCount()).toBe(0)
})
