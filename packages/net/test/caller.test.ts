import { queryObjects } from 'node:v8'
import {
  bodyFrames,
  encodeFrames,
  encodeMessage,
  encodeNews,
  encodeRefusal,
  encodeResponseHead,
  encodeTrailer,
  WHOLE_BODY_MAX_BYTES,
  type Frame,
} from '@hither/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FRAME } from '../src/protocols/call/frames.ts'
import { callerEnd, say, settle } from './helpers/call-ends.ts'
import { answerOf, failure, header, METRICS, NOTHING, pattern, STATE } from './helpers/services.ts'

const HEAD = encodeResponseHead({ status: 200, headers: [] })
const good = await answerOf(header(), NOTHING, pattern(3), 'runner')
const TRAILER = encodeTrailer(good.trailer)
const frame = (type: number, id: number, payload: Uint8Array = NOTHING): Frame => ({ type, id, payload })
const WORD = frame(FRAME.NEWS, 0, encodeNews({ state: STATE }, undefined))
const wholeAnswer = [
  WORD,
  frame(FRAME.HEAD, 1, HEAD),
  frame(FRAME.DATA, 1, pattern(3)),
  frame(FRAME.TRAILER, 1, TRAILER),
]

describe('sending', () => {
  test('a lone call is one write, at once; more in the same tick are the next', async () => {
    const { calls, near } = callerEnd()
    for (let call = 0; call < 4; call++) void calls.call(header(), pattern(5))
    expect(near.writes).toHaveLength(1)
    await settle()
    expect(near.writes).toHaveLength(2)
  })

  test('a large body does not hold up small calls, and two share the stream fairly', async () => {
    const { calls, near, got } = callerEnd()
    near.slow = true
    void calls.call(header(), pattern(250_000))
    void calls.call(header(), pattern(250_000))
    void calls.call(header(), pattern(5))
    await settle()
    for (let write = 0; write < 12; write++) {
      near.drain()
      await settle()
    }
    const order = got.map(({ type, id }) => `${type === FRAME.CALL ? 'C' : type === FRAME.END ? 'E' : 'D'}${id}`)
    expect(order.slice(0, 8)).toEqual(['C1', 'D1', 'C2', 'C3', 'D3', 'E3', 'D1', 'D2'])
    expect(order.slice(8).filter((one) => one.startsWith('D'))).toEqual(['D1', 'D2', 'D1', 'D2', 'D2'])
  })

  test('waits for the stream to drain', async () => {
    const { calls, near } = callerEnd()
    near.slow = true
    void calls.call(header(), pattern(250_000))
    await settle()
    expect(near.writes).toHaveLength(1)
    near.drain()
    expect(near.writes).toHaveLength(2)
  })
})

describe('answers', () => {
  test('resolve with head, body and trailer, and tell the state', async () => {
    const { calls, far, states } = callerEnd()
    const call = calls.call(header(), NOTHING)
    say(far, ...wholeAnswer)
    expect(await call).toMatchObject({ head: { status: 200 }, body: pattern(3), trailer: { metrics: METRICS } })
    expect(states).toEqual([STATE])
    expect(calls.inFlight).toBe(0)
  })

  test('arrive whole however the bytes are cut', async () => {
    const bytes = encodeFrames(wholeAnswer)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 20 }), async (cuts) => {
        const { calls, far } = callerEnd()
        const call = calls.call(header(), NOTHING)
        const at = [0, ...new Set(cuts.toSorted((a, b) => a - b)), bytes.length]
        for (const [i, from] of at.entries()) far.send(bytes.slice(from, at[i + 1]))
        expect((await call).body).toEqual(pattern(3))
      }),
      { numRuns: 50 },
    )
  })

  test('cut short at any byte are an error, never a success', async () => {
    const bytes = encodeFrames(wholeAnswer)
    for (let length = 0; length < bytes.length; length++) {
      const { calls, far } = callerEnd()
      const call = failure(calls.call(header(), NOTHING))
      far.send(bytes.slice(0, length))
      void far.close()
      expect((await call).code, `${length} of ${bytes.length} bytes`).toBe('link-lost')
    }
  })

  test('a refusal rejects with its code, also while the body is still going out', async () => {
    const { calls, near, far } = callerEnd()
    near.slow = true
    const call = failure(calls.call(header(), pattern(250_000)))
    say(far, frame(FRAME.REFUSED, 1, encodeRefusal({ code: 'busy', message: 'no' })))
    expect((await call).code).toBe('busy')
    const writes = near.writes.length
    near.drain()
    expect(near.writes).toHaveLength(writes)
  })

  const errorTrailer = encodeTrailer({ metrics: METRICS, error: { code: 'handler-failed', message: 'x' } })
  const nonsense: [string, Frame[]][] = [
    ['an unknown frame type', [frame(77, 1)]],
    ["a caller's frame", [frame(FRAME.CALL, 1, HEAD)]],
    ['an answer to a call never made', [frame(FRAME.HEAD, 2, HEAD)]],
    ['a body before the head', [frame(FRAME.DATA, 1, pattern(1))]],
    ['an empty piece of a body', [frame(FRAME.HEAD, 1, HEAD), frame(FRAME.DATA, 1)]],
    [
      'a long body in frames',
      [frame(FRAME.HEAD, 1, HEAD), ...bodyFrames(FRAME.DATA, 1, new Uint8Array(WHOLE_BODY_MAX_BYTES + 1))],
    ],
    ['two heads', [frame(FRAME.HEAD, 1, HEAD), frame(FRAME.HEAD, 1, HEAD)]],
    ['a head that is no CBOR', [frame(FRAME.HEAD, 1, pattern(9))]],
    ['a head of another shape', [frame(FRAME.HEAD, 1, encodeMessage({ status: 'ok' }))]],
    ['a head that is too long', [frame(FRAME.HEAD, 1, new Uint8Array(40_000))]],
    ['success without a head', [frame(FRAME.TRAILER, 1, TRAILER)]],
    [
      'success without a receipt',
      [frame(FRAME.HEAD, 1, HEAD), frame(FRAME.TRAILER, 1, encodeTrailer({ metrics: METRICS }))],
    ],
    ['a refusal in mid-answer', [frame(FRAME.HEAD, 1, HEAD), frame(FRAME.REFUSED, 1, errorTrailer)]],
    [
      'a receipt for a failure',
      [
        frame(FRAME.HEAD, 1, HEAD),
        frame(FRAME.TRAILER, 1, encodeTrailer({ ...good.trailer, error: { code: 'busy', message: '' } })),
      ],
    ],
    ['a state of another shape', [frame(FRAME.PONG, 1, encodeMessage({ slots: -1 }))]],
  ]
  test.each(nonsense)('%s is a bad answer, and the end of the stream', async (_, frames) => {
    const { calls, near, far, ended } = callerEnd()
    const call = failure(calls.call(header(), NOTHING))
    say(far, ...frames)
    expect((await call).code).toBe('bad-answer')
    expect(await ended).toMatchObject({ code: 'bad-message' })
    expect(near.aborted).toBeDefined()
  })

  test.each(nonsense)(
    '%s before any call ends the stream, and a call that comes later was certainly not sent',
    async (_, frames) => {
      const { calls, far, ended } = callerEnd()
      say(far, ...frames)
      expect(await ended).toMatchObject({ code: 'bad-message' })
      expect((await failure(calls.call(header(), NOTHING))).code).toBe('peer-unreachable')
    },
  )

  test('a frame that says it is huge ends the stream before any of it is held', async () => {
    const { calls, far } = callerEnd()
    const call = failure(calls.call(header(), NOTHING))
    far.send(Uint8Array.from([255, 255, 255, 255]))
    expect((await call).code).toBe('bad-answer')
  })

  test('random bytes never succeed and never throw out of turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const { calls, far } = callerEnd()
        const call = failure(calls.call(header(), NOTHING))
        far.send(bytes)
        void far.close()
        expect(['bad-answer', 'link-lost']).toContain((await call).code)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the end of the stream', () => {
  test('tells calls that were sent from those that were not', async () => {
    const { calls, near, far } = callerEnd()
    const sent = failure(calls.call(header(), NOTHING))
    near.slow = true
    const half = failure(calls.call(header(), pattern(250_000)))
    const unsent = failure(calls.call(header(), NOTHING))
    await settle()
    far.abort(new Error('cut'))
    expect([(await sent).code, (await half).code, (await unsent).code]).toEqual([
      'link-lost',
      'peer-unreachable',
      'link-lost',
    ])
    expect((await failure(calls.call(header(), NOTHING))).code).toBe('peer-unreachable')
  })

  test('a call that no write has taken yet is unreachable', async () => {
    const { calls, near, far } = callerEnd()
    near.slow = true
    const sent = failure(calls.call(header(), NOTHING))
    const waiting = failure(calls.call(header(), NOTHING))
    void far.close()
    expect([(await sent).code, (await waiting).code]).toEqual(['link-lost', 'peer-unreachable'])
  })
})

describe('cancelling', () => {
  test('what a refusal that crosses it says of its runner counts, for later words build on it', async () => {
    const { calls, far, states } = callerEnd()
    const giveUp = new AbortController()
    const call = failure(calls.call(header(), NOTHING, giveUp.signal))
    say(far, WORD)
    await settle()
    giveUp.abort()
    const [full, freed] = [
      { ...STATE, busy: STATE.slots },
      { ...STATE, busy: 0 },
    ]
    const refusal = encodeRefusal({ code: 'busy', message: '' })
    say(far, frame(FRAME.REFUSED, 1, Uint8Array.of(...refusal, ...encodeNews({ state: full }, STATE))))
    await settle()
    expect(states.at(-1)).toEqual(full)
    say(far, frame(FRAME.PONG, 1, encodeNews({ state: freed }, full)))
    await settle()
    expect(states.at(-1)).toEqual(freed)
    await call
  })

  test('rejects at once and sends CANCEL; what still comes is ignored', async () => {
    const { calls, far, got, ended } = callerEnd()
    const control = new AbortController()
    const call = failure(calls.call(header(), NOTHING, control.signal))
    control.abort()
    expect((await call).code).toBe('cancelled')
    say(far, ...wholeAnswer)
    const next = calls.call(header(), NOTHING)
    say(far, ...wholeAnswer.map((one) => ({ ...one, id: 2 })))
    expect((await next).body).toEqual(pattern(3))
    expect(got.map(({ type, id }) => [type, id])).toEqual([
      [FRAME.CALL, 1],
      [FRAME.END, 1],
      [FRAME.CANCEL, 1],
      [FRAME.CALL, 2],
      [FRAME.END, 2],
    ])
    calls.close()
    expect(await ended).toBeUndefined()
  })

  test('says nothing of a call that the runner never saw', async () => {
    const { calls, near, got } = callerEnd()
    void calls.call(header(), NOTHING)
    const control = new AbortController()
    const call = failure(calls.call(header(), NOTHING, control.signal))
    control.abort(new DOMException('too late', 'TimeoutError'))
    expect((await call).code).toBe('timeout')
    await settle()
    expect(got.map(({ id }) => id)).toEqual([1, 1])
    expect(near.writes).toHaveLength(1)
  })

  test('leaves nothing of a body to a stream that takes nothing', async () => {
    class Marked extends Uint8Array {}
    const { calls, near } = callerEnd()
    near.slow = true
    const control = new AbortController()
    // No error is kept, for it holds all that was at work when it was made.
    const call = (): Promise<unknown> =>
      calls.call(header(), new Marked(200_000), control.signal).catch(() => 'given up')
    // Of the first a piece is on its way.
    const given = Array.from({ length: 10 }, call)
    await settle()
    expect(queryObjects(Marked)).toBeGreaterThanOrEqual(10)
    control.abort()
    expect(await Promise.all(given)).toEqual(Array(10).fill('given up'))
    expect(queryObjects(Marked)).toBe(0)
  })
})

test('pings carry their number; an empty pong comes from no runner', async () => {
  const { calls, far, got, pongs, states } = callerEnd()
  calls.ping(7)
  say(far, frame(FRAME.PONG, 7), frame(FRAME.PONG, 8, encodeNews({ state: STATE }, undefined)))
  await settle()
  expect(got).toMatchObject([{ type: FRAME.PING, id: 7 }])
  expect([pongs, states]).toEqual([
    [7, 8],
    [undefined, STATE],
  ])
})
