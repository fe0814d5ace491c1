import type { LinkEvent, RunnerState } from '@hither/core'
import { expect, test } from 'vitest'
import { addressOf, link, peer, until } from './helpers/peers.ts'
import { header, pattern, services, STATE, wholly } from './helpers/services.ts'

test('a new link says at once how far the peer is and what it is', async () => {
  const a = await peer({ services: services({ state: () => undefined }) })
  const b = await peer()
  const events: LinkEvent[] = []
  a.listen((event) => events.push(event))
  const seen = Promise.all([until(a, 'rtt', b.self), until(a, 'state', b.self), until(b, 'rtt', a.self)])
  await link(a, addressOf(b), b)
  await seen
  expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['up', 'rtt', 'state'])
  expect(events).toContainEqual({ type: 'state', peer: b.self, state: STATE })
  expect(a.list()).toMatchObject([{ peer: b.self, rttMs: expect.any(Number), state: STATE }])
  expect(b.list()[0]?.state).toBeUndefined()
})

test('each answer brings the state anew', async () => {
  let busy = 0
  const a = await peer()
  const b = await peer({
    services: services({
      state: () => ({ ...STATE, busy: ++busy }),
    }),
  })
  await link(a, addressOf(b), b)
  const states: RunnerState[] = []
  a.listen((event) => event.type === 'state' && states.push(event.state))
  const before = busy
  await wholly(a.call(b.self, header(), pattern(1)))
  expect(states.at(-1)).toMatchObject({ slots: 4 })
  expect(states.at(-1)?.busy).toBeGreaterThan(before)
})

test('a listener that left hears nothing more', async () => {
  const a = await peer()
  const b = await peer()
  let heard = 0
  a.listen(() => heard++)()
  await link(a, addressOf(b), b)
  expect(heard).toBe(0)
})
