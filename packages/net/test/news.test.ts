import {
  decodeNews,
  decodeRefusal,
  encodeCallHeader,
  encodeNews,
  encodeRefusal,
  FRAME_HEAD_BYTES,
  usualRefusal,
  WARM_HINT_BYTES,
  type Answer,
  type Coordinate,
  type Frame,
  type LinkEvent,
  type RunnerState,
} from '@hither/core'
import { expect, test } from 'vitest'
import { OPENING_PINGS } from '../src/limits/heartbeat.ts'
import { PLACE_TOLD_MS, WARM_TOLD_MS } from '../src/limits/news.ts'
import { FRAME } from '../src/protocols/call/frames.ts'
import { said } from '../src/protocols/call/news.ts'
import { framesIn } from './helpers/call-pair.ts'
import { callerEnd, say, serverEnd, settle } from './helpers/call-ends.ts'
import { addressOf, link, peer, until } from './helpers/peers.ts'
import { answerOf, failure, header, NOTHING, pattern, services, STATE, wholly } from './helpers/services.ts'

const PLACE: Coordinate = { at: [1, 2, 3, 4], heightMs: 0.5, error: 0.5 }

test('a caller hears everything once, and then only what changed', async () => {
  let state: RunnerState = STATE
  let place = PLACE
  const { far, got, told, server, time } = serverEnd({ state: () => state, coordinate: () => place })
  const ping = async (id: number): Promise<Uint8Array> => {
    say(far, { type: FRAME.PING, id, payload: NOTHING })
    await settle()
    return got.at(-1)?.payload ?? NOTHING
  }
  expect(decodeNews(await ping(1), undefined)).toEqual({ place: PLACE, state: STATE })
  expect(await ping(2)).toHaveLength(0)
  state = { ...STATE, busy: 3 }
  place = { ...PLACE, heightMs: 0.6 }
  expect(decodeNews(await ping(3), STATE)).toEqual({ state })
  state = { ...STATE, busy: 4 }
  server.tell()
  server.tell()
  await settle()
  expect(told.map((bytes) => decodeNews(bytes, STATE))).toEqual([{ state }])
  // Far enough to be told, but not so soon again; and far enough to be told at once.
  place = { ...PLACE, heightMs: 5 }
  expect(await ping(4)).toHaveLength(0)
  time.advance(PLACE_TOLD_MS)
  expect(decodeNews(await ping(5), state)).toEqual({ place })
  place = { ...PLACE, heightMs: 50 }
  expect(decodeNews(await ping(6), state)).toEqual({ place })
})

test('unasked, and with answers, a runner says what matters; a pong says all that is new', async () => {
  const loaded = { ...STATE, slots: 16, busy: 3, priceMs: 100 }
  let state: RunnerState = loaded
  const { far, got, told, server } = serverEnd({ state: () => state })
  expect(server.tell()).toBeGreaterThan(20)
  state = { ...loaded, busy: 4, priceMs: 101 }
  expect(server.tell()).toBe(0)
  say(far, { type: FRAME.PING, id: 1, payload: NOTHING })
  await settle()
  expect(decodeNews(got[0]?.payload ?? NOTHING, loaded)).toEqual({ state })
  state = { ...loaded, busy: 16 }
  expect(server.tell()).toBe(FRAME_HEAD_BYTES + 4)
  await settle()
  expect(told).toHaveLength(2)
})

test('which functions are warm is told rarely, then all at once', async () => {
  const warm = (...functions: number[]): Uint8Array =>
    Uint8Array.from(functions.flatMap((fn) => Array.from({ length: WARM_HINT_BYTES }, () => fn)))
  let state: RunnerState = { ...STATE, warm: warm(1, 2) }
  const { far, got, server, time } = serverEnd({ state: () => state })
  server.tell()
  state = { ...state, warm: warm(3, 1, 2) }
  say(far, { type: FRAME.PING, id: 1, payload: NOTHING })
  await settle()
  expect(got[0]?.payload).toHaveLength(0)
  state = { ...state, warm: warm(4, 3, 1) }
  time.advance(WARM_TOLD_MS)
  say(far, { type: FRAME.PING, id: 2, payload: NOTHING })
  await settle()
  const known = decodeNews(got[1]?.payload ?? NOTHING, { ...STATE, warm: warm(1, 2) })
  const sorted = (hints: Uint8Array = NOTHING): number[] => [...hints].toSorted((a, b) => a - b)
  expect(sorted(known.state?.warm)).toEqual(sorted(state.warm))
})

test('a refusal brings what is new of the runner', async () => {
  const { calls, far, states } = callerEnd()
  const call = failure(calls.call(header(), NOTHING))
  const refusal = encodeRefusal(usualRefusal('full', 12).toWire())
  const payload = Uint8Array.of(...refusal, ...encodeNews({ state: STATE }, undefined))
  say(far, { type: FRAME.REFUSED, id: 1, payload })
  expect(await call).toMatchObject({ code: 'busy', data: { retryAfterMs: 12 } })
  expect(states).toEqual([STATE])
})

test.each(['a refusal', 'a pong'])('no word overtakes %s that waits with an older one', async (kind) => {
  let state: RunnerState = { ...STATE, busy: 4 }
  const runs = [1, 2, 3].map(() => Promise.withResolvers<Answer>())
  const good = await answerOf(header(), NOTHING, NOTHING, 'runner')
  const { far, near } = serverEnd({ state: () => state, call: async (_from, { hop }) => runs[hop]?.promise ?? good })
  const call = (hop: number): Frame[] => [
    { type: FRAME.CALL, id: hop + 1, payload: encodeCallHeader(header({ hop })) },
    { type: FRAME.END, id: hop + 1, payload: NOTHING },
  ]
  say(far, ...call(0), ...call(1), ...call(2))
  await settle()
  if (kind === 'a refusal') {
    runs[0]?.reject(usualRefusal('full', 12))
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  } else {
    near.slow = true
    say(far, ...call(3))
    await settle()
    state = { ...state, busy: 3 }
    say(far, { type: FRAME.PING, id: 1, payload: NOTHING })
    await settle()
  }
  state = { ...state, busy: 1 }
  runs[1]?.resolve(good)
  await settle()
  near.slow = false
  near.drain()
  await settle()
  const heard = said()
  for (const { type, payload } of framesIn(near.writes)) {
    if (type === FRAME.NEWS || type === FRAME.PONG) heard.news(payload)
    if (type === FRAME.REFUSED) heard.news(decodeRefusal(payload).rest)
  }
  expect(heard.state).toEqual(state)
})

test('a pong without news says that all is as it was', async () => {
  const { far, states } = callerEnd()
  const pong = (id: number, payload: Uint8Array): Frame => ({ type: FRAME.PONG, id, payload })
  say(far, pong(1, encodeNews({ state: STATE }, undefined)), pong(2, NOTHING))
  say(far, { type: FRAME.NEWS, id: 0, payload: encodeNews({ state: { ...STATE, busy: 2 } }, STATE) })
  await settle()
  expect(states).toEqual([STATE, STATE, { ...STATE, busy: 2 }])
})

test.each([
  ['a word', FRAME.NEWS, encodeNews({ state: { ...STATE, busy: 2 } }, STATE)],
  ['a pong', FRAME.PONG, Uint8Array.of(255, 1, 2)],
  ['a refusal', FRAME.REFUSED, Uint8Array.of(...encodeRefusal(usualRefusal('full', 12).toWire()), 64)],
])('news in %s that cannot be read end the stream', async (_, type, payload) => {
  const { calls, far, ended } = callerEnd()
  const call = failure(calls.call(header(), NOTHING))
  say(far, { type, id: type === FRAME.NEWS ? 0 : 1, payload })
  expect(await ended).toMatchObject({ code: 'bad-message' })
  expect((await call).code).toBe('bad-answer')
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

test('who begins to call hears from all runners that it has links to what is new of them, unasked', async () => {
  let state: RunnerState = STATE
  const a = await peer()
  const b = await peer()
  const c = await peer({ services: services({ state: () => state }) })
  // Three pings as the link begins, and one as the calls do.
  let measured = 0
  const asked = new Promise<void>((resolve) => {
    a.listen(({ type, peer: of }) => {
      if (type === 'rtt' && of === c.self && ++measured === OPENING_PINGS + 1) resolve()
    })
  })
  const known = until(a, 'state', c.self)
  await link(a, addressOf(b), b)
  await link(a, addressOf(c), c)
  await known
  await wholly(a.call(b.self, header(), pattern(1)))
  await asked
  const heard = new Promise<RunnerState>((resolve) => {
    a.listen((event) => {
      if (event.type === 'state' && event.peer === c.self && event.state.busy === 4) resolve(event.state)
    })
  })
  state = { ...STATE, busy: 4 }
  expect(await heard).toEqual(state)
  expect(measured).toBe(OPENING_PINGS + 1)
})
