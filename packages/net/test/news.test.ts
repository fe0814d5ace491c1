import { decodeNews, encodeNews, encodeState, type Coordinate, type LinkEvent, type RunnerState } from '@hither/core'
import { expect, test } from 'vitest'
import { FRAME, PING_SAYS } from '../src/protocols/call/frames.ts'
import { callerEnd, say, serverEnd, settle } from './helpers/call-ends.ts'
import { addressOf, link, peer, until } from './helpers/peers.ts'
import { header, NOTHING, pattern, services, STATE, wholly } from './helpers/services.ts'

const PLACE: Coordinate = { at: [1, 2, 3, 4], heightMs: 0.5, error: 0.5 }

test('a caller that takes news hears everything once, and then only what changed', async () => {
  let state: RunnerState = STATE
  let place = PLACE
  const { far, got, server } = serverEnd({ state: () => state, coordinate: () => place })
  const ping = async (id: number): Promise<void> => {
    say(far, { type: FRAME.PING, id, payload: Uint8Array.of(PING_SAYS.takesNews) })
    await settle()
  }
  await ping(1)
  expect(got.map(({ type }) => type)).toEqual([FRAME.NEWS, FRAME.PONG])
  expect(decodeNews(got[0]?.payload ?? NOTHING, undefined)).toEqual({ place: PLACE, state: STATE })
  expect(got[1]?.payload).toHaveLength(0)

  await ping(2)
  state = { ...STATE, busy: 3 }
  place = { ...PLACE, heightMs: 0.6 }
  await ping(3)
  state = { ...STATE, busy: 4 }
  server.tell()
  server.tell()
  place = { ...PLACE, heightMs: 20 }
  await ping(4)
  const later = got.slice(2)
  expect(later.map(({ type }) => type)).toEqual([
    FRAME.PONG,
    FRAME.NEWS,
    FRAME.PONG,
    FRAME.NEWS,
    FRAME.NEWS,
    FRAME.PONG,
  ])
  const news = later.filter(({ type }) => type === FRAME.NEWS).map(({ payload }) => decodeNews(payload, STATE))
  expect(news).toEqual([
    { state: { ...STATE, busy: 3 } },
    { state: { ...STATE, busy: 4 } },
    { place: { ...PLACE, heightMs: 20 } },
  ])
})

test('a caller of before gets what it knows: all of it each time, and no frame that it has not heard of', async () => {
  const { far, got, server } = serverEnd({ coordinate: () => PLACE })
  say(far, { type: FRAME.PING, id: 1, payload: NOTHING }, { type: FRAME.PING, id: 2, payload: NOTHING })
  await settle()
  server.tell()
  await settle()
  expect(got).toEqual([
    { type: FRAME.PONG, id: 1, payload: encodeState(STATE) },
    { type: FRAME.PONG, id: 2, payload: encodeState(STATE) },
    { type: FRAME.STATE, id: 0, payload: encodeState(STATE) },
  ])
})

test('a runner of before, which tells no news, is understood', async () => {
  const { far, states, pongs } = callerEnd()
  say(far, { type: FRAME.PONG, id: 1, payload: encodeState(STATE) }, { type: FRAME.PONG, id: 2, payload: NOTHING })
  await settle()
  expect(pongs).toEqual([1, 2])
  expect(states).toEqual([STATE, undefined])
})

test('from a runner that tells news, an answer without any says that all is as it was', async () => {
  const { far, states } = callerEnd()
  say(far, { type: FRAME.NEWS, id: 0, payload: encodeNews({ state: STATE }) })
  say(far, { type: FRAME.PONG, id: 1, payload: NOTHING }, { type: FRAME.PONG, id: 2, payload: NOTHING })
  say(far, { type: FRAME.NEWS, id: 0, payload: encodeNews({ state: { busy: 2 } }) })
  await settle()
  expect(states).toEqual([STATE, STATE, { ...STATE, busy: 2 }])
})

test('news that cannot be read end the stream', async () => {
  const { far, ended } = callerEnd()
  say(far, { type: FRAME.NEWS, id: 0, payload: encodeNews({ state: { busy: 2 } }) })
  expect(await ended).toMatchObject({ code: 'bad-message' })
})

test('places travel with round trips, both ways', async () => {
  const other: Coordinate = { ...PLACE, heightMs: 9 }
  const a = await peer({ services: services({ coordinate: () => PLACE }) })
  const b = await peer({ services: services({ coordinate: () => other }) })
  const events: LinkEvent[] = []
  a.listen((event) => events.push(event))
  const seen = until(b, 'rtt', a.self)
  await link(a, addressOf(b), b)
  expect(await seen).toMatchObject({ coordinate: PLACE })
  if (!events.some(({ type }) => type === 'rtt')) await until(a, 'rtt', b.self)
  expect(events.find(({ type }) => type === 'rtt')).toMatchObject({ peer: b.self, coordinate: other })
})

test('what is said is counted by kind, alike on both sides; a state that does not change is said once', async () => {
  const a = await peer()
  const b = await peer()
  const measured = until(a, 'state', b.self)
  await link(a, addressOf(b), b)
  await measured
  await wholly(a.call(b.self, header(), pattern(1)))
  const first = a.traffic().received.states
  for (let i = 0; i < 20; i++) await wholly(a.call(b.self, header(), pattern(1)))
  const { sent, received } = a.traffic()
  expect(received.states).toBe(first)
  expect(first).toBeGreaterThan(0)
  expect(received.calls).toBeGreaterThan(20 * 100)
  expect(sent.calls).toBeGreaterThan(20 * 100)
  expect(received).toMatchObject(b.traffic().sent)
})
