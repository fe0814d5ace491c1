import {
  bodyFrames,
  decodeNews,
  decodeRefusal,
  decodeTrailer,
  encodeCallHeader,
  HitherError,
  WHOLE_BODY_MAX_BYTES,
  type Frame,
} from '@hither/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CALLS_MAX_PER_LINK, LINK_BUFFER_BYTES } from '../src/limits/calls.ts'
import { GOODBYE_MAX_MS } from '../src/limits/connections.ts'
import { FRAME } from '../src/protocols/call/frames.ts'
import { say, serverEnd, settle } from './helpers/call-ends.ts'
import { answerOf, header, NOTHING, pattern, STATE } from './helpers/services.ts'

const CALL = encodeCallHeader(header())
const frame = (type: number, id: number, payload: Uint8Array = NOTHING): Frame => ({ type, id, payload })
const call = (id: number): Frame[] => [frame(FRAME.CALL, id, CALL), frame(FRAME.END, id)]

function refusalsIn(frames: Frame[]): (string | number)[][] {
  return frames
    .filter(({ type }) => type === FRAME.REFUSED)
    .map(({ id, payload }) => [id, decodeRefusal(payload).error.code])
}

describe('answers', () => {
  test('end with a trailer, after what is new of the runner', async () => {
    const { far, got, told } = serverEnd()
    say(far, frame(FRAME.CALL, 1, CALL), frame(FRAME.DATA, 1, pattern(4)), frame(FRAME.END, 1))
    await settle()
    expect(got.map(({ type }) => type)).toEqual([FRAME.HEAD, FRAME.DATA, FRAME.TRAILER])
    expect(got[1]?.payload).toEqual(pattern(4))
    expect(told.map((bytes) => decodeNews(bytes, undefined))).toEqual([{ state: STATE }])
  })

  test('of one tick are one write', async () => {
    const { far, near } = serverEnd()
    say(far, ...call(1), ...call(2), ...call(3), ...call(4))
    await settle()
    expect(near.writes.length).toBeLessThanOrEqual(2)
  })

  test('an error with texts and data beyond measure still fits', async () => {
    const { far, got } = serverEnd({
      call: () => {
        const data = { lines: 'x'.repeat(100_000), no: () => {} }
        throw new HitherError('handler-failed', 'm'.repeat(100_000), { why: 'w'.repeat(100_000), data })
      },
    })
    say(far, ...call(1))
    await settle()
    expect(decodeTrailer(got[0]?.payload ?? NOTHING).error).toMatchObject({ code: 'handler-failed' })
  })

  test('a ping is answered at once, with the state', async () => {
    const { far, got } = serverEnd()
    say(far, frame(FRAME.PING, 9))
    await settle()
    expect(got).toMatchObject([{ type: FRAME.PONG, id: 9 }])
    expect(decodeNews(got[0]?.payload ?? NOTHING, undefined)).toEqual({ state: STATE })
  })
})

describe('cancelling', () => {
  test('aborts what runs, and answers nothing', async () => {
    const aborted: unknown[] = []
    const { far, got, server } = serverEnd({
      call: (_from, _call, body, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(signal.reason)
            resolve(answerOf(header(), body, NOTHING, 'me'))
          })
        }),
    })
    say(far, ...call(1), frame(FRAME.CANCEL, 1), frame(FRAME.CANCEL, 1))
    await settle()
    expect(aborted).toMatchObject([{ code: 'cancelled' }])
    expect([got, server.inFlight]).toEqual([[], 0])
  })

  test('happens to all calls of a caller that is gone', async () => {
    const signals: AbortSignal[] = []
    const { far, ended, server } = serverEnd({
      call: (_from, _call, _body, { signal }) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    say(far, ...call(1), ...call(2))
    void far.close()
    await ended
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(server.inFlight).toBe(0)
  })
})

describe('closing', () => {
  test.each([
    ['gives a caller that was heard just now time to read', 2_000, 60_000],
    ['does not wait for one that has been silent', 3_000, GOODBYE_MAX_MS],
  ])('%s', async (_, silentMs, goodbyeMs) => {
    const { far, near, server, time, ended } = serverEnd()
    say(far, frame(FRAME.PING, 1))
    await settle()
    time.advance(silentMs)
    await server.close(60_000)
    await ended
    expect(near.goodbyes).toEqual([goodbyeMs])
  })
})

describe('bounds', () => {
  test('calls beyond the limit are refused as busy, the rest of them is passed over', async () => {
    const { far, got, server } = serverEnd({ call: () => new Promise(() => {}) })
    for (let id = 1; id <= CALLS_MAX_PER_LINK; id++) say(far, ...call(id))
    const late = CALLS_MAX_PER_LINK + 1
    say(far, frame(FRAME.CALL, late, CALL), frame(FRAME.DATA, late, pattern(3)), frame(FRAME.END, late))
    await settle()
    expect(refusalsIn(got)).toEqual([[late, 'busy']])
    expect(server.inFlight).toBe(CALLS_MAX_PER_LINK)
  })

  test('requests that never end hold no more than the link may, and only until their deadline', async () => {
    const { far, got, server, time } = serverEnd()
    const calls = LINK_BUFFER_BYTES / WHOLE_BODY_MAX_BYTES + 1
    for (let id = 1; id <= calls; id++) {
      say(far, frame(FRAME.CALL, id, CALL))
      for (const one of bodyFrames(FRAME.DATA, id, new Uint8Array(WHOLE_BODY_MAX_BYTES))) say(far, one)
    }
    await settle()
    expect(refusalsIn(got)).toEqual([[calls, 'busy']])
    time.advance(10_000)
    say(far, ...call(calls + 1))
    await settle()
    const timeouts = got.filter(({ type, id }) => type === FRAME.TRAILER && id < calls)
    expect(timeouts.map(({ payload }) => decodeTrailer(payload).error?.code)).toEqual(Array(calls - 1).fill('timeout'))
    expect(got.at(-1)).toMatchObject({ type: FRAME.TRAILER, id: calls + 1 })
    expect(server.inFlight).toBe(0)
  })

  test('each request that never ends is over at its own deadline, without a word from the caller', async () => {
    const { far, got, server, time } = serverEnd()
    for (const [id, remainingMs] of [300, 100, 200].entries()) {
      say(far, frame(FRAME.CALL, id + 1, encodeCallHeader(header({ remainingMs }))))
    }
    await settle()
    for (const left of [2, 1, 0]) {
      expect(time.pending()).toBe(1)
      time.advance(100)
      expect(server.inFlight).toBe(left)
    }
    await settle()
    expect(got.map(({ type, id }) => [type, id])).toEqual([2, 3, 1].map((id) => [FRAME.TRAILER, id]))
    expect(time.pending()).toBe(0)
  })

  test('what runs is not held to the deadline of its request', async () => {
    const { far, server, time } = serverEnd({ call: () => new Promise(() => {}) })
    say(far, ...call(1))
    await settle()
    time.advance(60_000)
    expect([server.inFlight, time.pending()]).toEqual([1, 0])
  })

  test('a caller that does not read gets no more calls in', async () => {
    const { far, near, got } = serverEnd({
      call: (from, sent, body) => answerOf(sent, body, new Uint8Array(WHOLE_BODY_MAX_BYTES), from),
    })
    near.slow = true
    // One piece of the first is taken before the stream says that it is full.
    const last = LINK_BUFFER_BYTES / WHOLE_BODY_MAX_BYTES + 2
    for (let id = 1; id <= last; id++) {
      say(far, ...call(id))
      await settle()
    }
    near.slow = false
    near.drain()
    await settle()
    expect(refusalsIn(got)).toEqual([[last, 'busy']])
  })

  test('a caller that asks and asks and never reads is cut off', async () => {
    const { far, near, ended } = serverEnd()
    near.slow = true
    const pings = Array.from({ length: 1000 }, (_, id) => frame(FRAME.PING, id))
    for (let round = 0; round < 3; round++) say(far, ...pings)
    expect(await ended).toMatchObject({ code: 'bad-message' })
    expect(near.aborted).toBeDefined()
  })
})

describe('hostile frames', () => {
  const bad: [string, Frame[]][] = [
    ['an unknown type', [frame(0, 1)]],
    ["a runner's frame", [frame(FRAME.TRAILER, 1)]],
    ['a body before its call', [frame(FRAME.DATA, 1, pattern(1))]],
    ['the end of a call that never began', [frame(FRAME.END, 5)]],
    ['a cancel of a call that never began', [frame(FRAME.CANCEL, 5)]],
    ['the same id twice', [...call(1), ...call(1)]],
    ['an older id', [...call(2), ...call(1)]],
    ['more body after the end', [...call(1), frame(FRAME.DATA, 1, pattern(1))]],
    ['two ends', [...call(1), frame(FRAME.END, 1)]],
    ['an empty piece of a body', [frame(FRAME.CALL, 1, CALL), frame(FRAME.DATA, 1)]],
    [
      'a long body in frames',
      [frame(FRAME.CALL, 1, CALL), ...bodyFrames(FRAME.DATA, 1, new Uint8Array(WHOLE_BODY_MAX_BYTES + 1))],
    ],
    ['a header that is too long', [frame(FRAME.CALL, 1, new Uint8Array(33 * 1024))]],
  ]
  test.each(bad)('%s ends the stream', async (_, frames) => {
    const { far, ended, server } = serverEnd({ call: () => new Promise(() => {}) })
    say(far, ...frames)
    expect(await ended).toMatchObject({ code: 'bad-message' })
    expect(server.inFlight).toBe(0)
  })

  test('a header that cannot be read costs only its own call', async () => {
    const { far, got } = serverEnd()
    say(far, frame(FRAME.CALL, 1, pattern(20)), frame(FRAME.END, 1), ...call(2))
    await settle()
    expect(refusalsIn(got)).toEqual([[1, 'bad-message']])
    expect(got.at(-1)).toMatchObject({ type: FRAME.TRAILER, id: 2 })
  })

  test('ids may wrap around', async () => {
    const { far, got } = serverEnd()
    for (const id of [2 ** 31 - 1, 2 ** 32 - 2, 0, 1]) say(far, ...call(id))
    await settle()
    const done = got.filter(({ type }) => type === FRAME.TRAILER).map(({ id }) => id)
    expect(done).toEqual([2 ** 31 - 1, 2 ** 32 - 2, 0, 1])
  })

  test('random bytes harm nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { maxLength: 5 }), async (writes) => {
        const { far, server, ended } = serverEnd()
        for (const bytes of writes) far.send(bytes)
        void far.close()
        await ended
        expect(server.inFlight).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
