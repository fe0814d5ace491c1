import {
  encodeFrames,
  encodeNews,
  encodeRefusal,
  encodeResponseHead,
  encodeTrailer,
  readWhole,
  type Frame,
} from '@hither/core'
import { describe, expect, test } from 'vitest'
import { FRAMED_BEGINNING_BYTES } from '../src/limits/calls.ts'
import { BODY, type BodyKind } from '../src/protocols/body/opening.ts'
import { decodeLength, FRAME } from '../src/protocols/call/frames.ts'
import { pipe, reading, source } from './helpers/bodies.ts'
import { callerEnd, say, settle, type CallerEnd } from './helpers/call-ends.ts'
import { memoryPair, type MemoryDuplex } from './helpers/memory-duplex.ts'
import { answerOf, failure, header, METRICS, NOTHING, pattern, STATE } from './helpers/services.ts'

const good = await answerOf(header(), NOTHING, NOTHING, 'runner')
const HEAD = encodeResponseHead(good.head)
const trailer = (streamedBytes?: number): Uint8Array =>
  encodeTrailer({ ...good.trailer, ...(streamedBytes !== undefined && { streamedBytes }) })
const failed = (streamedBytes?: number): Uint8Array =>
  encodeTrailer({
    metrics: METRICS,
    error: { code: 'limit-cpu', message: 'slow' },
    ...(streamedBytes !== undefined && { streamedBytes }),
  })
const frame = (type: number, payload: Uint8Array = NOTHING, id = 1): Frame => ({ type, id, payload })
const BEGUN = [frame(FRAME.HEAD, HEAD), frame(FRAME.STREAM)]

/** The runner opens a stream, of which the test has its end. */
function open({ calls }: CallerEnd, kind: BodyKind, id = 1, framed = 0): MemoryDuplex {
  const [near, far] = memoryPair()
  calls.take({ kind, id, framed }, near)
  return far
}

describe('a streamed answer', () => {
  test('begins at its head, and is told of as one', async () => {
    const end = callerEnd()
    const call = end.calls.call(header(), NOTHING)
    say(end.far, ...BEGUN)
    const { head, body, trailer: told } = await call
    expect(head).toEqual(good.head)
    expect(end.calls.inFlight).toBe(1)
    const answer = open(end, BODY.ANSWER)
    answer.send(pattern(9))
    void answer.close()
    say(end.far, { type: FRAME.NEWS, id: 0, payload: encodeNews({ state: STATE }, undefined) })
    say(end.far, frame(FRAME.TRAILER, trailer(9)))
    expect(await readWhole(body)).toEqual(pattern(9))
    expect(await told).toMatchObject({ metrics: METRICS, streamedBytes: 9 })
    expect([end.calls.inFlight, end.states]).toEqual([0, [STATE]])
    expect(end.got.map(({ type }) => type)).toEqual([FRAME.CALL, FRAME.END])
  })

  test('may come before its head is known', async () => {
    const end = callerEnd()
    const call = end.calls.call(header(), NOTHING)
    const answer = open(end, BODY.ANSWER)
    answer.send(pattern(9))
    void answer.close()
    await settle()
    say(end.far, ...BEGUN, frame(FRAME.TRAILER, trailer(9)))
    expect(await readWhole((await call).body)).toEqual(pattern(9))
  })

  test('that breaks before its head is known fails its call, and the runner is told', async () => {
    const end = callerEnd()
    const call = failure(end.calls.call(header(), NOTHING))
    open(end, BODY.ANSWER).abort(new Error('cut'))
    await settle()
    say(end.far, ...BEGUN)
    void end.far.close()
    expect(await Promise.race([call, end.ended])).toMatchObject({ code: 'link-lost', message: 'the body broke off' })
    expect([end.calls.inFlight, end.got.at(-1)?.type]).toEqual([0, FRAME.CANCEL])
  })

  test('comes in frames at first, and needs no stream where it is short', async () => {
    const end = callerEnd()
    const call = end.calls.call(header(), NOTHING)
    say(end.far, ...BEGUN, frame(FRAME.DATA, pattern(9)), frame(FRAME.TRAILER, trailer(9)))
    expect(await readWhole((await call).body)).toEqual(pattern(9))
    say(end.far, frame(FRAME.SEAL))
    await end.calls.answered()
  })

  test('goes on on its stream, whichever way brings its bytes first', async () => {
    const end = callerEnd()
    const call = end.calls.call(header(), NOTHING)
    say(end.far, ...BEGUN, frame(FRAME.DATA, pattern(9).subarray(0, 2)))
    const answer = open(end, BODY.ANSWER, 1, 5)
    answer.send(pattern(9).subarray(5))
    void answer.close()
    await settle()
    say(end.far, frame(FRAME.DATA, pattern(9).subarray(2, 5)), frame(FRAME.TRAILER, trailer(9)))
    expect(await readWhole((await call).body)).toEqual(pattern(9))
  })

  test.each([
    ['less', 4],
    ['more', 6],
  ])('is lost where %s of it came in frames than its stream says', async (_, framed) => {
    const end = callerEnd()
    const call = end.calls.call(header(), NOTHING)
    say(end.far, ...BEGUN, frame(FRAME.DATA, pattern(framed)))
    const answer = open(end, BODY.ANSWER, 1, 5)
    answer.send(pattern(4))
    void answer.close()
    await settle()
    say(end.far, frame(FRAME.TRAILER, trailer(framed + 4)))
    expect((await failure(readWhole((await call).body))).code).toBe('link-lost')
  })

  test('that is here but not read waits for nobody, is not lost with the link, and still obeys its signal', async () => {
    const end = callerEnd()
    const control = new AbortController()
    const calls = [end.calls.call(header(), NOTHING), end.calls.call(header(), NOTHING, control.signal)]
    for (const id of [1, 2]) {
      say(end.far, ...[...BEGUN, frame(FRAME.TRAILER, trailer(9)), frame(FRAME.SEAL)].map((one) => ({ ...one, id })))
      const answer = open(end, BODY.ANSWER, id)
      answer.send(pattern(9))
      void answer.close()
    }
    const [kept, dropped] = await Promise.all(calls)
    await end.calls.answered()
    void end.far.close()
    await end.ended
    control.abort()
    expect(await readWhole(kept?.body ?? NOTHING)).toEqual(pattern(9))
    expect((await failure(readWhole(dropped?.body ?? NOTHING))).code).toBe('cancelled')
  })

  test('whose call stream is cut at any byte is an error, never a success', async () => {
    const all = pattern(9)
    const bytes = encodeFrames([...BEGUN, frame(FRAME.DATA, all.subarray(0, 3)), frame(FRAME.TRAILER, trailer(9))])
    for (let length = 0; length < bytes.length; length++) {
      const end = callerEnd()
      const call = end.calls.call(header(), NOTHING)
      end.far.send(bytes.slice(0, length))
      const answer = open(end, BODY.ANSWER, 1, 3)
      answer.send(all.subarray(3))
      void answer.close()
      await settle()
      void end.far.close()
      const error = await failure(call.then(({ body }) => readWhole(body)))
      expect(error.code, `${length} of ${bytes.length} bytes`).toBe('link-lost')
    }
  })

  test('whose own stream is cut at any byte is an error, and the runner is told where it does not know', async () => {
    for (let length = 0; length < 9; length++) {
      for (const cut of ['close', 'abort'] as const) {
        const end = callerEnd()
        const call = end.calls.call(header(), NOTHING)
        say(end.far, ...BEGUN)
        const { body, trailer: told } = await call
        const answer = open(end, BODY.ANSWER)
        answer.send(pattern(9).subarray(0, length))
        if (cut === 'close') void answer.close()
        else answer.abort(new Error('cut'))
        await settle()
        say(end.far, frame(FRAME.TRAILER, trailer(9)))
        expect((await failure(readWhole(body))).code).toBe('link-lost')
        expect((await failure(Promise.resolve(told))).code).toBe('link-lost')
        await settle()
        expect(end.got.some(({ type }) => type === FRAME.CANCEL)).toBe(cut === 'abort')
        expect(end.calls.inFlight).toBe(0)
      }
    }
  })

  test('fails with the error of its trailer, also where no stream could be opened for it', async () => {
    const end = callerEnd()
    const call = end.calls.call(header(), NOTHING)
    say(end.far, ...BEGUN, frame(FRAME.TRAILER, failed()))
    const { body, trailer: told } = await call
    expect((await failure(readWhole(body))).code).toBe('limit-cpu')
    expect((await failure(Promise.resolve(told))).code).toBe('limit-cpu')
    expect(end.calls.inFlight).toBe(0)
  })

  const nonsense: [string, Frame[]][] = [
    ['a body announced before its head', [frame(FRAME.STREAM)]],
    ['a body announced twice', [...BEGUN, frame(FRAME.STREAM)]],
    [
      'a long body in frames',
      [...BEGUN, ...[1, 2].map(() => frame(FRAME.DATA, pattern(FRAMED_BEGINNING_BYTES / 2 + 1)))],
    ],
    [
      'a body that begins before it is announced',
      [BEGUN[0] as Frame, frame(FRAME.DATA, pattern(3)), frame(FRAME.STREAM)],
    ],
    ['no length', [...BEGUN, frame(FRAME.TRAILER, trailer())]],
    ['a length without a stream', [BEGUN[0] as Frame, frame(FRAME.TRAILER, trailer(9))]],
    ['two trailers', [...BEGUN, frame(FRAME.TRAILER, trailer(9)), frame(FRAME.TRAILER, trailer(9))]],
    ['a refusal in mid-answer', [...BEGUN, frame(FRAME.REFUSED, encodeRefusal({ code: 'busy', message: '' }))]],
  ]
  test.each(nonsense)('with %s is a bad answer, and the end of the stream', async (_, frames) => {
    const end = callerEnd()
    const call = failure(end.calls.call(header(), NOTHING).then(({ body }) => readWhole(body)))
    say(end.far, ...frames)
    expect((await call).code).toBe('bad-answer')
    expect(await end.ended).toMatchObject({ code: 'bad-message' })
  })
})

describe('a streamed request', () => {
  test('is announced with its head, sent when it is asked for, and ends with its length', async () => {
    const end = callerEnd()
    const sent = source(100_000)
    void end.calls.call(header(), sent)
    await settle()
    expect(end.got.map(({ type }) => type)).toEqual([FRAME.CALL, FRAME.STREAM])
    expect([end.near.writes.length, sent.pulled]).toEqual([1, 0])
    const got: number[] = []
    const closed = Promise.withResolvers<void>()
    open(end, BODY.REQUEST).listen({
      data: (bytes) => got.push(bytes.length),
      drain: () => {},
      end: () => closed.resolve(),
    })
    await closed.promise
    await settle()
    expect(got.reduce((sum, length) => sum + length)).toBe(100_000)
    expect(end.got.at(-1)).toMatchObject({ type: FRAME.END, id: 1 })
    expect(decodeLength(end.got.at(-1)?.payload ?? NOTHING)).toBe(100_000)
  })

  test('is given up with its call: the runner is told, and then its stream breaks', async () => {
    const end = callerEnd()
    const control = new AbortController()
    const sent = pipe()
    const call = failure(end.calls.call(header(), sent, control.signal))
    const request = open(end, BODY.REQUEST)
    const broken = Promise.withResolvers<number>()
    request.listen({ data: () => {}, drain: () => {}, end: () => broken.resolve(end.got.length) })
    control.abort()
    expect((await call).code).toBe('cancelled')
    expect(await broken.promise).toBe(3)
    expect(end.got.at(-1)).toMatchObject({ type: FRAME.CANCEL, id: 1 })
    await sent.left
  })

  test('is lost with the link, not unreachable, since its call may have run', async () => {
    const end = callerEnd()
    const sent = pipe()
    const call = failure(end.calls.call(header(), sent))
    open(end, BODY.REQUEST)
    await settle()
    void end.far.close()
    expect((await call).code).toBe('link-lost')
    await sent.left
  })

  test('cannot be refused when it was asked for', async () => {
    const end = callerEnd()
    const call = failure(end.calls.call(header(), pipe()))
    open(end, BODY.REQUEST)
    say(end.far, frame(FRAME.REFUSED, encodeRefusal({ code: 'busy', message: '' })))
    expect((await call).code).toBe('bad-answer')
  })
})

describe('a stream that nobody waits for is broken off:', () => {
  const strays: [string, (end: CallerEnd) => MemoryDuplex | undefined][] = [
    ['of a call that was never made', (end) => open(end, BODY.ANSWER, 77)],
    ['for a request without a body on a stream', (end) => open(end, BODY.REQUEST)],
    ['the second of an answer', (end) => (open(end, BODY.ANSWER), open(end, BODY.ANSWER))],
    [
      'of an answer that comes in frames',
      (end) => {
        const far = open(end, BODY.ANSWER)
        say(end.far, frame(FRAME.HEAD, HEAD), frame(FRAME.TRAILER, trailer()))
        return far
      },
    ],
  ]
  test.each(strays)('%s', async (_, make) => {
    const end = callerEnd()
    const call = end.calls.call(header(), NOTHING)
    const broken = Promise.withResolvers<unknown>()
    make(end)?.listen({ data: () => {}, drain: () => {}, end: broken.resolve })
    expect(await broken.promise).toBeInstanceOf(Error)
    say(end.far, frame(FRAME.HEAD, HEAD), frame(FRAME.TRAILER, trailer()))
    expect((await call).trailer).toMatchObject({ metrics: METRICS })
  })

  test('the second of a request', async () => {
    const end = callerEnd()
    const call = end.calls.call(header(), pipe())
    open(end, BODY.REQUEST)
    const broken = Promise.withResolvers<unknown>()
    open(end, BODY.REQUEST).listen({ data: () => {}, drain: () => {}, end: broken.resolve })
    expect(await broken.promise).toBeInstanceOf(Error)
    say(end.far, ...BEGUN)
    expect(reading((await call).body)).toBeDefined()
  })
})
