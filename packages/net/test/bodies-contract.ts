import {
  checkReceipt,
  concat,
  digestOf,
  HitherError,
  isWhole,
  hashRequest,
  makeReceipt,
  piecesOf,
  readWhole,
  WHOLE_BODY_MAX_BYTES,
  type Body,
  type Links,
  type PeerId,
  type Services,
} from '@hither/core'
import { describe, expect, test } from 'vitest'
import { BODY_UNREAD_BYTES, FRAMED_BEGINNING_BYTES } from '../src/limits/calls.ts'
import { STREAM_WINDOW_BYTES } from '../src/limits/streams.ts'
import { pipe, reading, source, sourceBytes, type Source } from './helpers/bodies.ts'
import {
  answerOf,
  echo,
  failure,
  header,
  METRICS,
  NOTHING,
  pattern,
  services,
  sha256,
  streamOf,
  wholly,
} from './helpers/services.ts'

/** For what moves hundreds of megabytes: a busy machine is slow, and only a hang must be found. */
const PATIENCE_MS = 120_000

/** The part of the contract of `Links` that is about bodies which come piece by piece. */
export function bodiesContract(name: string, make: (a: Services, b: Services) => Promise<[Links, Links]>): void {
  const linked = (call: Services['call']): Promise<[Links, Links]> => make(services(), services({ call }))

  /** Two peers, and how the runner's one call was told to stop. */
  const watched = async (call: Services['call']): Promise<[Links, Links, Promise<HitherError>]> => {
    const stopped = Promise.withResolvers<HitherError>()
    const [a, b] = await linked((from, sent, body, options) => {
      options.signal.addEventListener('abort', () => stopped.resolve(options.signal.reason as HitherError))
      return call(from, sent, body, options)
    })
    return [a, b, stopped.promise]
  }

  /** Sends back what comes, as it comes. */
  const echoing: Services['call'] = (_from, call, body) => streamOf(call, piecesOf(body))

  describe(`${name} as Links, with bodies piece by piece`, () => {
    test.each([
      ['none', 0, 1],
      ['one byte', 1, 1],
      ['single bytes', 700, 1],
      ['as much as goes in frames', FRAMED_BEGINNING_BYTES, 1_000],
      ['one byte more', FRAMED_BEGINNING_BYTES + 1, 1_000],
      ['pieces as long as a frame', 1_000_000, 65_536],
      ['pieces a little longer', 1_000_000, 65_537],
      ['one piece longer than any window', 3_000_000, 3_000_000],
    ])('carries %s there and back', async (_, bytes, pieceBytes) => {
      const [a, b] = await linked(echoing)
      const answer = await wholly(a.call(b.self, header(), source(bytes, pieceBytes)))
      expect(Buffer.compare(answer.body, sourceBytes(bytes, pieceBytes))).toBe(0)
      expect(answer.trailer).toMatchObject({ metrics: METRICS, streamedBytes: bytes })
    })

    test('carries long whole bodies both ways, with a receipt that holds', async () => {
      const [a, b] = await linked(echo)
      const body = pattern(WHOLE_BODY_MAX_BYTES + 1)
      const answer = await a.call(b.self, header(), body)
      expect(isWhole(answer.body)).toBe(false)
      const got = await readWhole(answer.body)
      const { receipt } = await answer.trailer
      if (receipt === undefined || answer.head === undefined) throw new Error('no receipt')
      checkReceipt(
        receipt,
        makeReceipt(
          {
            ...receipt,
            cid: header().cid,
            runner: a.self,
            requestHash: hashRequest(header(), await digestOf(body), sha256),
            response: answer.head,
            responseDigest: await digestOf(got),
          },
          sha256,
        ),
      )
    })

    test('each piece goes on before the next is made, in both directions', async () => {
      const [a, b] = await linked(echoing)
      const sent = pipe()
      const answer = reading((await a.call(b.self, header(), sent)).body)
      for (const length of [1, 50, 70_000]) {
        sent.give(pattern(length))
        let left = length
        while (left > 0) left -= (await answer.next()).value?.length ?? 0
        expect(left).toBe(0)
      }
      sent.end()
      expect(await answer.next()).toMatchObject({ done: true })
    })

    // What lies unread, and a piece on either side of the stream.
    const BOUND = FRAMED_BEGINNING_BYTES + BODY_UNREAD_BYTES + 2 * 64 * 1024

    /** Waits until the source has nothing more to do, with other calls to measure by. */
    const atRest = async (a: Links, b: PeerId, from: Source): Promise<void> => {
      await from.reached(STREAM_WINDOW_BYTES)
      for (let round = 0; round < 50; round++) await a.call(b, header({ url: 'http://x/small' }), NOTHING)
    }

    test('an answer that is not read stops its source, and goes on with its reader', async () => {
      const sent = source(8_000_000)
      const [a, b] = await linked((from, call, body, options) =>
        call.url.endsWith('small') ? echo(from, call, body, options) : streamOf(call, sent),
      )
      const answer = reading((await a.call(b.self, header(), NOTHING)).body)
      let bytes = 0
      const chunks: Uint8Array[] = []
      for (let pauses = 0; pauses < 3; pauses++) {
        while (bytes < pauses * 1_000_000)
          bytes += chunks[chunks.push((await answer.next()).value ?? NOTHING) - 1]?.length ?? 0
        await atRest(a, b.self, sent)
        expect(sent.pulled - bytes).toBeLessThanOrEqual(BOUND)
      }
      for (let next = await answer.next(); next.done !== true; next = await answer.next()) {
        bytes += next.value.length
        chunks.push(next.value)
      }
      expect(Buffer.compare(concat(chunks, bytes), sourceBytes(8_000_000))).toBe(0)
    })

    test('a request that is not read stops its source, and goes on with its reader', async () => {
      const goOn = Promise.withResolvers<void>()
      const [a, b] = await linked(async (from, call, body, options) => {
        if (call.url.endsWith('small')) return echo(from, call, body, options)
        const request = reading(body)
        let bytes = (await request.next()).value?.length ?? 0
        await goOn.promise
        for (let next = await request.next(); next.done !== true; next = await request.next())
          bytes += next.value.length
        return answerOf(call, NOTHING, pattern(bytes / 100_000), from)
      })
      const sent = source(8_000_000)
      const call = wholly(a.call(b.self, header(), sent))
      await atRest(a, b.self, sent)
      expect(sent.pulled).toBeLessThanOrEqual(BOUND + 64 * 1024)
      goOn.resolve()
      expect((await call).body).toHaveLength(80)
      expect(await sent.over).toBe('read')
    })

    test('a request that is not asked for is not touched: not where it is not read, nor where it is refused', async () => {
      const [a, b] = await linked(async (from, call) => {
        if (call.url.endsWith('busy')) throw new HitherError('busy', 'no')
        return answerOf(call, NOTHING, pattern(3), from)
      })
      const untouched: Body = {
        [Symbol.asyncIterator]() {
          throw new Error('it was touched')
        },
      }
      expect((await wholly(a.call(b.self, header(), untouched))).body).toEqual(pattern(3))
      const refused = failure(a.call(b.self, header({ url: 'http://x/busy' }), untouched))
      expect((await refused).code).toBe('busy')
    })

    test('a request that was read is not refused: it failed', async () => {
      const [a, b] = await linked(async (_from, _call, body) => {
        await reading(body).next()
        throw new HitherError('busy', 'too late to say so')
      })
      const answer = await a.call(b.self, header(), source(1_000_000))
      expect(answer).toMatchObject({ trailer: { error: { code: 'busy' } } })
    })

    test('a runner that has read enough leaves the request, and the call goes on', async () => {
      const [a, b] = await linked(async (from, call, body) => {
        for await (const piece of piecesOf(body)) return answerOf(call, NOTHING, pattern(piece.length), from)
        throw new Error('nothing came')
      })
      const sent = source(Infinity)
      expect((await wholly(a.call(b.self, header(), sent))).body.length).toBeGreaterThan(0)
      expect(await sent.over).toBe('left')
    })

    test('an answer that ends before its request is read stops the request', async () => {
      const [a, b] = await linked(async (from, call, body) => {
        await reading(body).next()
        return answerOf(call, NOTHING, pattern(3), from)
      })
      const sent = source(Infinity)
      await a.call(b.self, header(), sent)
      expect(await sent.over).toBe('left')
    })

    test('a caller that leaves the answer cancels the call', async () => {
      const sent = source(Infinity)
      const [a, b, stopped] = await watched((_from, call) => streamOf(call, sent))
      const { body, trailer } = await a.call(b.self, header(), NOTHING)
      for await (const piece of piecesOf(body)) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
      expect((await failure(Promise.resolve(trailer))).code).toBe('cancelled')
      expect([await sent.over, (await stopped).code]).toEqual(['left', 'cancelled'])
    })

    test('so does one that leaves it while it waits for more', async () => {
      const sent = pipe()
      const [a, b, stopped] = await watched((_from, call) => streamOf(call, sent))
      const answer = reading((await a.call(b.self, header(), NOTHING)).body)
      const next = answer.next()
      await answer.return?.()
      expect(await next).toMatchObject({ done: true })
      await sent.left
      expect((await stopped).code).toBe('cancelled')
    })

    test.each([
      ['cancelled', () => AbortSignal.abort()],
      ['timeout', () => AbortSignal.abort(new DOMException('late', 'TimeoutError'))],
    ])('the signal holds until the last byte of the answer, and ends it as %s', async (code, aborted) => {
      const control = new AbortController()
      const sent = source(Infinity)
      const [a, b, stopped] = await watched((_from, call) => streamOf(call, sent))
      const { body, trailer } = await a.call(b.self, header(), NOTHING, { signal: control.signal })
      const answer = reading(body)
      await answer.next()
      control.abort(aborted().reason)
      expect((await failure(answer.next())).code).toBe(code)
      expect((await failure(answer.next())).code).toBe(code)
      expect((await failure(Promise.resolve(trailer))).code).toBe(code)
      expect([await sent.over, (await stopped).code]).toEqual(['left', 'cancelled'])
    })

    test('the signal stops a request on its way', async () => {
      const control = new AbortController()
      const read = Promise.withResolvers<HitherError>()
      const [a, b, stopped] = await watched(async (_from, call, body) => {
        const request = reading(body)
        await request.next()
        control.abort()
        read.resolve(await failure(readWhole({ [Symbol.asyncIterator]: () => request })))
        return streamOf(call, source(0))
      })
      const sent = source(Infinity)
      expect((await failure(a.call(b.self, header(), sent, { signal: control.signal }))).code).toBe('cancelled')
      expect([await sent.over, (await read.promise).code, (await stopped).code]).toEqual([
        'left',
        'cancelled',
        'cancelled',
      ])
    })

    test('what the source of a request throws ends the call with just that', async () => {
      const read = Promise.withResolvers<HitherError>()
      const [a, b, stopped] = await watched(async (_from, call, body) => {
        read.resolve(await failure(readWhole(body)))
        return streamOf(call, source(0))
      })
      const sent = pipe()
      sent.give(pattern(10))
      const why = new Error('the disk broke')
      sent.end(why)
      await expect(a.call(b.self, header(), sent)).rejects.toBe(why)
      expect([(await read.promise).code, (await stopped).code]).toEqual(['cancelled', 'cancelled'])
    })

    test('it also ends an answer that has begun', async () => {
      const [a, b] = await linked(echoing)
      const sent = pipe()
      const { body, trailer } = await a.call(b.self, header(), sent)
      const why = new Error('the disk broke')
      sent.end(why)
      await expect(readWhole(body)).rejects.toBe(why)
      await expect(trailer).rejects.toBe(why)
    })

    test('what the source of an answer throws comes after all that it gave', async () => {
      const sent = pipe()
      const [a, b] = await linked((_from, call) => streamOf(call, sent))
      const { body, trailer } = await a.call(b.self, header(), NOTHING)
      sent.give(pattern(100_000))
      sent.end(new HitherError('limit-cpu', 'too slow', { data: { metrics: METRICS } }))
      const answer = reading(body)
      let bytes = 0
      while (bytes < 100_000) bytes += (await answer.next()).value?.length ?? 0
      expect(await failure(answer.next())).toMatchObject({ code: 'limit-cpu', message: 'too slow' })
      expect((await failure(Promise.resolve(trailer))).code).toBe('limit-cpu')
    })

    test('so does an error that is found only at its end', async () => {
      const [a, b] = await linked(async (_from, call) => ({
        ...(await streamOf(call, source(100))),
        trailer: Promise.reject(new HitherError('sandbox-crashed', 'at the very end')),
      }))
      const answer = reading((await a.call(b.self, header(), NOTHING)).body)
      expect((await answer.next()).value).toHaveLength(100)
      expect((await failure(answer.next())).code).toBe('sandbox-crashed')
    })

    test('an answer of which nothing is wanted by now does not begin', async () => {
      const control = new AbortController()
      const sent = source(Infinity)
      const [a, b] = await linked(async (_from, call, _body, { signal }) => {
        control.abort()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return streamOf(call, sent)
      })
      await failure(a.call(b.self, header(), NOTHING, { signal: control.signal }))
      expect(await sent.over).toBe('left')
    })

    test('a body is read once', async () => {
      const [a, b] = await linked(echoing)
      const { body } = await a.call(b.self, header(), source(10))
      expect(await readWhole(body)).toHaveLength(10)
      expect((await failure(readWhole(body))).code).toBe('internal')
    })

    test('200 bodies at once, each both ways, come through whole', { timeout: PATIENCE_MS }, async () => {
      const [a, b] = await linked(echoing)
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          wholly(a.call(b.self, header({ remainingMs: PATIENCE_MS }), source(300_000 + i))),
        ),
      )
      const wrong = answers.filter(({ body }, i) => Buffer.compare(body, sourceBytes(300_000 + i)) !== 0)
      expect(wrong).toEqual([])
    })

    test(
      'calls that read before they answer and calls that answer before they read do not wait for each other',
      async () => {
        const [a, b] = await linked(async (_from, call, body) => {
          if (call.url.endsWith('answer')) return streamOf(call, piecesOf(body))
          const request = reading(body)
          await request.next()
          return streamOf(call, { [Symbol.asyncIterator]: () => request })
        })
        const answers = await Promise.all(
          Array.from({ length: 200 }, (_, i) => {
            const url = `http://x/${i % 2 === 0 ? 'read' : 'answer'}`
            return wholly(a.call(b.self, header({ url, remainingMs: PATIENCE_MS }), source(1_000_000)))
          }),
        )
        expect(answers.filter(({ body }, i) => i % 2 === 1 && body.length !== 1_000_000)).toEqual([])
      },
      PATIENCE_MS,
    )
  })
}
