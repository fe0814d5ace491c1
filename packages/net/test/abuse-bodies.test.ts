import {
  encodeCallHeader,
  encodeFrames,
  encodeResponseHead,
  encodeTrailer,
  readWhole,
  type Frame,
  type HitherError,
  type Links,
} from '@hither/core'
import type { Connection, Stream } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { OPENING_MAX_MS } from '../src/limits/calls.ts'
import { BODY_STREAMS_MAX, FLOWING_CALLS_MAX, STREAM_WINDOW_BYTES } from '../src/limits/streams.ts'
import { BODY, BODY_PROTOCOL, encodeOpening } from '../src/protocols/body/opening.ts'
import { CALL_PROTOCOL, encodeLength, FRAME } from '../src/protocols/call/frames.ts'
import { aftermath, UNHARMED, watchEscapes } from './helpers/aftermath.ts'
import { pipe, reading, source } from './helpers/bodies.ts'
import { ended, intruder, liar, onFrames } from './helpers/intruder.ts'
import { longTimers } from './helpers/long-timers.ts'
import { peer } from './helpers/peers.ts'
import { answerOf, echo, failure, header, NOTHING, pattern, services, streamOf } from './helpers/services.ts'

watchEscapes()

const frame = (type: number, payload: Uint8Array = NOTHING, id = 1): Frame => ({ type, id, payload })
const CALL = frame(FRAME.CALL, encodeCallHeader(header({ url: 'http://x/bad' })))
const good = await answerOf(header(), NOTHING, NOTHING, 'liar')
const ANSWER = encodeOpening({ kind: BODY.ANSWER, id: 1, framed: 0 })

/** A caller, and a runner that answers its first call as told. */
async function badRunner(
  act: (say: (...frames: Frame[]) => void, open: () => Promise<Stream>) => Promise<void>,
): Promise<{ victim: Links; liarId: string }> {
  return liar(CALL_PROTOCOL, (stream, connection) => {
    onFrames(stream, ({ type }) => {
      if (type !== FRAME.CALL) return
      void act(
        (...frames) => void stream.send(encodeFrames(frames)),
        () => connection.newStream(BODY_PROTOCOL),
      )
    })
  })
}

const HEAD_AND_STREAM = [frame(FRAME.HEAD, encodeResponseHead(good.head)), frame(FRAME.STREAM)]
const trailer = (streamedBytes: number): Frame =>
  frame(FRAME.TRAILER, encodeTrailer({ ...good.trailer, streamedBytes }))

const lies: [string, (stream: Stream) => void, number][] = [
  ['more than it announces', (stream) => void stream.send(Uint8Array.from([...ANSWER, 1, 2, 3])), 2],
  ['less than it announces', (stream) => (stream.send(Uint8Array.from([...ANSWER, 1, 2, 3])), void stream.close()), 4],
  ['nothing, and resets', (stream) => (stream.send(ANSWER), stream.abort(new Error('reset'))), 0],
]
test.each(lies)('a runner that sends %s gives a lost body, and the link lives on', async (_, send, bytes) => {
  const { victim, liarId } = await badRunner(async (say, open) => {
    say(...HEAD_AND_STREAM)
    send(await open())
    say(trailer(bytes))
  })
  const { body } = await victim.call(liarId, header(), NOTHING)
  expect((await failure(readWhole(body))).code).toBe('link-lost')
  expect(victim.list()).toHaveLength(1)
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

test('streams for calls that there are not, and those that say nothing or nonsense, are ended', async () => {
  const timers = longTimers()
  const victim = await peer({ components: { timers } })
  const connection = await intruder(victim)
  for (const bytes of [ANSWER, encodeOpening({ kind: BODY.REQUEST, id: 7, framed: 0 }), pattern(50)]) {
    const stream = await connection.newStream(BODY_PROTOCOL)
    stream.send(bytes)
    await ended(stream)
  }
  for (const bytes of [NOTHING, ANSWER.subarray(0, 8)]) {
    const stream = await connection.newStream(BODY_PROTOCOL)
    stream.send(bytes)
    // It has come when a stream opened after it has been answered.
    await ended(await probe(connection))
    timers.pass(OPENING_MAX_MS)
    await ended(stream)
  }
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

/** A stream that the other side ends at once. */
async function probe(connection: Connection): Promise<Stream> {
  const stream = await connection.newStream(BODY_PROTOCOL)
  stream.send(ANSWER)
  return stream
}

test('no more streams for bodies can be open than there are calls for', async () => {
  const victim = await peer()
  const connection = await intruder(victim)
  const opened = await Promise.allSettled(
    Array.from({ length: BODY_STREAMS_MAX + 50 }, () => connection.newStream(BODY_PROTOCOL)),
  )
  const streams = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const open = (): Stream[] => streams.filter(({ status }) => status === 'open')
  while (open().length > BODY_STREAMS_MAX) await Promise.race(open().map(ended))
  expect(open().length).toBeGreaterThan(FLOWING_CALLS_MAX)
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

/** A runner, and a caller that begins a call with a streamed request and treats the stream asked for as told. */
async function badCaller(victim: Links, treat: (stream: Stream) => void): Promise<{ call: Stream; got: Frame[] }> {
  const connection = await intruder(victim, treat)
  const call = await connection.newStream(CALL_PROTOCOL)
  const got: Frame[] = []
  onFrames(call, (one) => got.push(one))
  call.send(encodeFrames([CALL, frame(FRAME.STREAM)]))
  return { call, got }
}

test('a caller that sends beyond its window loses its connection, and nobody else theirs', async () => {
  const told = Promise.withResolvers<HitherError>()
  const victim = await peer({
    services: services({
      async call(from, call, body, options) {
        if (!call.url.endsWith('bad')) return echo(from, call, body, options)
        options.signal.addEventListener('abort', () => told.resolve(options.signal.reason as HitherError))
        await reading(body).next()
        return new Promise(() => {})
      },
    }),
  })
  const { call } = await badCaller(victim, (stream) => {
    Object.assign(stream, { sendWindowCapacity: Infinity })
    for (let sent = 0; sent < 8 * STREAM_WINDOW_BYTES; sent += 65_536) stream.send(pattern(65_536))
  })
  await ended(call)
  expect((await told.promise).cause).toMatchObject({ name: 'ReceiveWindowExceededError' })
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

test('a caller that never reads stops what is sent to it, and nobody else', async () => {
  const left = Array.from({ length: 3 }, () => source(Infinity))
  const waiting = [...left]
  const victim = await peer({
    services: services({
      call: (from, call, body, options) => {
        const endless = call.url.endsWith('endless') ? waiting.pop() : undefined
        return endless === undefined ? echo(from, call, body, options) : streamOf(call, endless)
      },
    }),
  })
  const connection = await intruder(victim, (stream) => stream.pause())
  const call = await connection.newStream(CALL_PROTOCOL)
  const endless = encodeCallHeader(header({ url: 'http://x/endless' }))
  for (const id of [1, 2, 3]) call.send(encodeFrames([frame(FRAME.CALL, endless, id), frame(FRAME.END, NOTHING, id)]))
  await Promise.all(left.map((one) => one.reached(STREAM_WINDOW_BYTES)))
  expect(await aftermath(victim)).toEqual(UNHARMED)
  for (const one of left) expect(one.pulled).toBeLessThan(3 * STREAM_WINDOW_BYTES)
  connection.abort(new Error('gone'))
  expect(await Promise.all(left.map(({ over }) => over))).toEqual(['left', 'left', 'left'])
})

test('a caller that cancels and goes on sending is not heard any more', async () => {
  const sent = pipe()
  const victim = await peer({ services: services({ call: (_from, call) => streamOf(call, sent) }) })
  const { call, got } = await badCaller(victim, () => {})
  call.send(encodeFrames([frame(FRAME.CANCEL), frame(FRAME.END, encodeLength(5))]))
  await sent.left
  call.send(encodeFrames([frame(FRAME.PING)]))
  while (!got.some(({ type }) => type === FRAME.PONG)) await new Promise((resolve) => setImmediate(resolve))
  expect(got.some(({ type }) => type === FRAME.TRAILER)).toBe(false)
})
