import {
  decodeRefusal,
  decodeTrailer,
  encodeCallHeader,
  encodeFrames,
  HitherError,
  readWhole,
  type CallTrailer,
  type Frame,
  type Services,
} from '@hither/core'
import { describe, expect, test } from 'vitest'
import { budget } from '../src/budget.ts'
import { BODY_UNREAD_BYTES, FLOW_LATE_MS, FRAMED_BEGINNING_BYTES } from '../src/limits/calls.ts'
import { BODY } from '../src/protocols/body/opening.ts'
import { encodeLength, FRAME } from '../src/protocols/call/frames.ts'
import { pipe, reading, source } from './helpers/bodies.ts'
import { say, serverEnd, settle, type ServerEnd } from './helpers/call-ends.ts'
import { memoryPair } from './helpers/memory-duplex.ts'
import { answerOf, failure, header, NOTHING, pattern, streamOf } from './helpers/services.ts'

const frame = (type: number, payload: Uint8Array = NOTHING, id = 1): Frame => ({ type, id, payload })
const CALL = frame(FRAME.CALL, encodeCallHeader(header()))
const STREAMED = [CALL, frame(FRAME.STREAM)]

const types = ({ got }: ServerEnd): number[] => got.map(({ type }) => type)
const lastTrailer = ({ got }: ServerEnd): CallTrailer => decodeTrailer(got.at(-1)?.payload ?? NOTHING)

/** A call that reads all of its request, and what it came to. */
function reader(): { call: Services['call']; read: Promise<unknown> } {
  const read = Promise.withResolvers<unknown>()
  return {
    read: read.promise,
    async call(from, call, body) {
      const all = readWhole(body)
      read.resolve(
        all.then(
          ({ length }) => length,
          (error: HitherError) => error.code,
        ),
      )
      return answerOf(call, NOTHING, await all, from)
    },
  }
}

/** What the caller's end of a stream gets. */
function listen(end: ServerEnd, index = 0): { lengths: number[]; ended: Promise<Error | undefined> } {
  const ended = Promise.withResolvers<Error | undefined>()
  const lengths: number[] = []
  end.opened[index]?.far.listen({
    data: (bytes) => void lengths.push(bytes.length),
    drain: () => {},
    end: ended.resolve,
  })
  return { lengths, ended: ended.promise }
}

describe('a streamed request', () => {
  test('runs at once, is asked for when it is read, and is whole with its length', async () => {
    const { call, read } = reader()
    const end = serverEnd({ call })
    say(end.far, ...STREAMED)
    await settle()
    expect(end.opened).toMatchObject([{ kind: BODY.REQUEST, id: 1 }])
    const request = end.opened[0]?.far
    request?.send(pattern(70_000))
    void request?.close()
    await settle()
    expect(end.got).toEqual([])
    say(end.far, frame(FRAME.END, encodeLength(70_000)))
    expect(await read).toBe(70_000)
    await settle()
    expect(types(end)).toEqual([FRAME.HEAD, FRAME.DATA, FRAME.DATA, FRAME.TRAILER])
    expect(end.server.inFlight).toBe(0)
  })

  test('that nobody reads is never asked for', async () => {
    const end = serverEnd({ call: (from, call) => answerOf(call, NOTHING, NOTHING, from) })
    say(end.far, ...STREAMED)
    await settle()
    expect([end.opened, types(end)]).toEqual([[], [FRAME.HEAD, FRAME.TRAILER]])
    say(end.far, frame(FRAME.END, encodeLength(7)))
    await settle()
    expect(end.near.aborted).toBeUndefined()
  })

  const cuts: [string, string, (end: ServerEnd) => void][] = [
    ['is cancelled', 'cancelled', ({ far }) => say(far, frame(FRAME.CANCEL))],
    ['loses its caller', 'cancelled', ({ far }) => void far.close()],
    ['breaks', 'link-lost', ({ opened }) => opened[0]?.far.abort(new Error('cut'))],
    ['is longer than it is said to be', 'link-lost', ({ far }) => say(far, frame(FRAME.END, encodeLength(9)))],
    [
      'is shorter than it is said to be',
      'link-lost',
      ({ far, opened }) => (void opened[0]?.far.close(), say(far, frame(FRAME.END, encodeLength(11)))),
    ],
  ]
  test.each(cuts)('that %s throws %s where it is read', async (_, code, cut) => {
    const { call, read } = reader()
    const end = serverEnd({ call })
    say(end.far, ...STREAMED)
    await settle()
    end.opened[0]?.far.send(pattern(10))
    await settle()
    cut(end)
    expect(await read).toBe(code)
  })

  test('whose call stream is cut at any byte is never whole', async () => {
    const bytes = encodeFrames([...STREAMED, frame(FRAME.END, encodeLength(10))])
    const outcomes = new Set<unknown>()
    for (let length = 0; length < bytes.length; length++) {
      const { call, read } = reader()
      const end = serverEnd({ call })
      end.far.send(bytes.slice(0, length))
      await settle()
      const request = end.opened[0]?.far
      request?.send(pattern(10))
      void request?.close()
      await settle()
      void end.far.close()
      await end.ended
      outcomes.add(request === undefined ? 'not run' : await read)
    }
    expect([...outcomes]).toEqual(['not run', 'cancelled'])
  })

  test('that does not come at all is cut off after its deadline, and its caller is told', async () => {
    const { call, read } = reader()
    const end = serverEnd({ call })
    say(end.far, ...STREAMED)
    await settle()
    end.time.advance(10_000 + FLOW_LATE_MS - 1)
    await settle()
    expect(end.got).toEqual([])
    end.time.advance(1)
    expect(await read).toBe('timeout')
    await settle()
    expect(lastTrailer(end).error?.code).toBe('timeout')
    expect([types(end), end.server.inFlight, end.time.pending()]).toEqual([[FRAME.TRAILER], 0, 0])
  })

  test('is let go with its call, also where it was only waited for', async () => {
    const end = serverEnd({
      call: async (from, call, body) => {
        void failure(reading(body).next())
        await Promise.resolve()
        return answerOf(call, NOTHING, NOTHING, from)
      },
    })
    say(end.far, ...STREAMED)
    await settle()
    expect(end.opened[0]?.signal.aborted).toBe(true)
    expect(await listen(end).ended).toBeInstanceOf(Error)
  })

  test('fails where its caller takes no stream', async () => {
    const { call, read } = reader()
    const none = { open: () => Promise.reject(new HitherError('link-lost', 'no stream')) }
    const end = serverEnd({ call }, budget(Infinity), none)
    say(end.far, ...STREAMED)
    expect(await read).toBe('link-lost')
  })

  test('takes the memory of one window and a half, and gives it back', async () => {
    const all = BODY_UNREAD_BYTES + 2 * CALL.payload.length
    const memory = budget(all)
    const { call, read } = reader()
    const end = serverEnd({ call }, memory)
    say(end.far, ...STREAMED, ...STREAMED.map((one) => ({ ...one, id: 2 })))
    await settle()
    expect(end.got).toMatchObject([{ type: FRAME.REFUSED, id: 2 }])
    expect(decodeRefusal(end.got[0]?.payload ?? NOTHING).error.code).toBe('busy')
    say(end.far, frame(FRAME.CANCEL))
    await read
    await settle()
    expect([memory.take(all), memory.take(1)]).toEqual([true, false])
  })

  const bad: [string, Frame[]][] = [
    ['announced twice', [...STREAMED, frame(FRAME.STREAM)]],
    ['in frames too', [...STREAMED, frame(FRAME.DATA, pattern(3))]],
    ['on a stream too', [CALL, frame(FRAME.DATA, pattern(3)), frame(FRAME.STREAM)]],
    ['without a length', [...STREAMED, frame(FRAME.END)]],
    ['with half a length', [...STREAMED, frame(FRAME.END, encodeLength(5).subarray(0, 4))]],
    ['longer than there are any', [...STREAMED, frame(FRAME.END, new Uint8Array(8).fill(255))]],
    ['that ends twice', [...STREAMED, frame(FRAME.END, encodeLength(5)), frame(FRAME.END, encodeLength(5))]],
  ]
  test.each(bad)('%s ends the stream', async (_, frames) => {
    const { call } = reader()
    const end = serverEnd({ call })
    say(end.far, ...frames)
    expect(await end.ended).toMatchObject({ code: 'bad-message' })
    expect(end.server.inFlight).toBe(0)
  })
})

describe('a streamed answer', () => {
  test('sends its head at once, and its length with its trailer', async () => {
    const sent = pipe()
    const end = serverEnd({ call: (_from, call) => streamOf(call, sent) })
    say(end.far, CALL, frame(FRAME.END))
    await settle()
    expect(types(end)).toEqual([FRAME.HEAD, FRAME.STREAM])
    sent.give(pattern(5))
    await settle()
    expect(types(end)).toEqual([FRAME.HEAD, FRAME.STREAM, FRAME.DATA])
    sent.end()
    await settle()
    expect(lastTrailer(end)).toMatchObject({ streamedBytes: 5, receipt: expect.anything() })
    expect([end.opened, end.server.inFlight]).toEqual([[], 0])
  })

  test('takes a stream when it gets long, which begins where the frames end', async () => {
    const sent = pipe()
    const end = serverEnd({ call: (_from, call) => streamOf(call, sent) })
    say(end.far, CALL, frame(FRAME.END))
    sent.give(pattern(1000))
    sent.give(pattern(FRAMED_BEGINNING_BYTES))
    await settle()
    expect(end.got.slice(2).map(({ payload }) => payload.length)).toEqual([1000, FRAMED_BEGINNING_BYTES - 1000])
    expect(end.opened).toMatchObject([{ kind: BODY.ANSWER, id: 1, framed: FRAMED_BEGINNING_BYTES }])
    const { lengths, ended } = listen(end)
    sent.give(pattern(5))
    await settle()
    expect([lengths, end.server.inFlight]).toEqual([[1000, 5], 1])
    sent.end()
    expect(await ended).toBeUndefined()
    await settle()
    expect(lastTrailer(end)).toMatchObject({ streamedBytes: FRAMED_BEGINNING_BYTES + 1005 })
    expect(end.server.inFlight).toBe(0)
  })

  test('is waited for by who drains, until its trailer is out', async () => {
    const sent = pipe()
    const end = serverEnd({ call: (_from, call) => streamOf(call, sent) })
    say(end.far, CALL, frame(FRAME.END))
    await settle()
    let isDrained = false
    const drained = end.server.drain().then(() => (isDrained = true))
    await settle()
    expect([isDrained, end.server.inFlight]).toEqual([false, 1])
    sent.end()
    await drained
    await settle()
    expect(types(end)).toEqual([FRAME.HEAD, FRAME.STREAM, FRAME.TRAILER])
  })

  test('that its caller leaves aborts the call, and says nothing more', async () => {
    const sent = pipe()
    const stopped = Promise.withResolvers<unknown>()
    const end = serverEnd({
      call(_from, call, _body, { signal }) {
        signal.addEventListener('abort', () => stopped.resolve(signal.reason))
        return streamOf(call, sent)
      },
    })
    say(end.far, CALL, frame(FRAME.END))
    sent.give(pattern(20_000))
    await settle()
    end.opened[0]?.far.abort(new Error('enough'))
    expect(await stopped.promise).toMatchObject({ code: 'cancelled' })
    await sent.left
    await settle()
    expect([types(end), end.server.inFlight]).toEqual([[FRAME.HEAD, FRAME.STREAM, FRAME.DATA], 0])
  })

  test('that nobody reads is cut off after its deadline, and its caller is told before', async () => {
    const sent = source(Infinity)
    const [near, far] = memoryPair()
    near.slow = true
    const end = serverEnd({ call: (_from, call) => streamOf(call, sent) }, budget(Infinity), { open: async () => near })
    const told = Promise.withResolvers<number[]>()
    far.listen({ data: () => {}, drain: () => {}, end: () => told.resolve(types(end)) })
    say(end.far, CALL, frame(FRAME.END))
    await settle()
    end.time.advance(10_000 + FLOW_LATE_MS)
    expect(await told.promise).toEqual([FRAME.HEAD, FRAME.STREAM, FRAME.DATA, FRAME.TRAILER])
    expect(lastTrailer(end).error?.code).toBe('timeout')
    expect(await sent.over).toBe('left')
  })

  test('with a head that is too large, or with none, fails and leaves its source', async () => {
    for (const head of [{ status: 200, headers: [['cookie', 'x'.repeat(40_000)] as [string, string]] }, undefined]) {
      const sent = source(100)
      const end = serverEnd({
        call: async (_from, call) => Object.assign(await streamOf(call, sent), { head }),
      })
      say(end.far, CALL, frame(FRAME.END))
      expect(await sent.over).toBe('left')
      await settle()
      expect(types(end)).toEqual([FRAME.TRAILER])
      expect(lastTrailer(end).error?.code).toBe(head === undefined ? 'internal' : 'result-too-large')
    }
  })

  test('for which no stream can be had fails after its head, and leaves its source', async () => {
    const sent = source(100_000)
    const none = { open: () => Promise.reject(new HitherError('link-lost', 'no stream')) }
    const end = serverEnd({ call: (_from, call) => streamOf(call, sent) }, budget(Infinity), none)
    say(end.far, CALL, frame(FRAME.END))
    expect(await sent.over).toBe('left')
    await settle()
    expect(types(end)).toEqual([FRAME.HEAD, FRAME.STREAM, FRAME.DATA, FRAME.TRAILER])
    expect(lastTrailer(end)).toMatchObject({ error: { code: 'link-lost' } })
  })
})
