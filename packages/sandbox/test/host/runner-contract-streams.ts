import { createHash } from 'node:crypto'
import {
  isWhole,
  readWhole,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type ByteStream,
  type Runner,
  type RunResult,
} from '@hither/core'
import { describe, expect, test } from 'vitest'
import { bytesThatCount, gated, source } from './bodies.ts'
import { failure, handler, makeJob, text, until, whole, type JobInit } from './support.ts'

const MB: number = 1024 * 1024

/** What may be on its way of one body, each way, with what the ends hold in their hands. */
const AHEAD_MAX_BYTES: number = 512 * 1024

/** An endless answer that counts what it made; with `?made` it tells. */
const COUNTS = `let made = 0
  const seen = []
  export default async (request) => {
    if (request.url.endsWith('?made')) return Response.json([made, seen.sort().join()])
    request.signal.addEventListener('abort', () => { seen.push('aborted') })
    return new Response(new ReadableStream({
      async pull(controller) {
        await new Promise((go) => setTimeout(go, 1))
        made += 10_000; controller.enqueue(new Uint8Array(10_000)) },
      cancel(reason) { seen.push('cancelled by ' + reason.name) } })) }`

/** Bodies of any length, piece by piece, as every runner carries them. */
export function streamContract(make: () => Runner): void {
  const post = async (body: string, init: JobInit = {}): ReturnType<typeof makeJob> => {
    const job = await makeJob(handler(body), init)
    job.request.method = 'POST'
    return job
  }
  const made = async (runner: Runner): Promise<[number, string]> => {
    const answer: unknown = JSON.parse(await text(runner.run(await makeJob(COUNTS, { url: 'http://f.test/?made' }))))
    return answer as [number, string]
  }

  /** An answer that has begun before its deadline, however long a busy machine takes for that. */
  const begun = async (runner: Runner, code: string): Promise<RunResult> => {
    await runner.run(await makeJob(handler('return new Response()')))
    for (let remainingMs = 2500; ; remainingMs *= 2) {
      try {
        return await runner.run(await makeJob(code, { remainingMs }))
      } catch (error) {
        if (toHitherError(error).code !== 'timeout' || remainingMs > 20_000) throw error
      }
    }
  }

  describe('what is whole and what streams', () => {
    test.each([
      ['a text', `'x'.repeat(1000)`, true],
      ['a stream that is over at once', `new Blob(['x'.repeat(100_000)]).stream()`, true],
      ['bytes up to the limit', `new Uint8Array(${WHOLE_BODY_MAX_BYTES})`, true],
      ['a text up to the limit', `'x'.repeat(${WHOLE_BODY_MAX_BYTES})`, true],
      ['bytes beyond', `new Uint8Array(${WHOLE_BODY_MAX_BYTES + 1})`, false],
      ['a text beyond', `'ä'.repeat(${WHOLE_BODY_MAX_BYTES / 2 + 1})`, false],
      [
        'what is made later',
        `new ReadableStream({ async pull(c) { await new Promise((go) => setTimeout(go, 1)); c.close() } })`,
        false,
      ],
    ])('%s', async (_, body, isShort) => {
      const result = await make().run(await makeJob(handler(`return new Response(${body}, { status: 201 })`)))
      expect([isWhole(result.body), result.status]).toEqual([isShort, 201])
      expect((await readWhole(result.body)).length % (WHOLE_BODY_MAX_BYTES / 2)).toBeLessThan(100_001)
      expect(await result.metrics).toMatchObject({ cold: true, fetchMs: 0 })
    })
  })

  describe('both ways', () => {
    test.each([
      ['as it is', 'request.body'],
      [
        'through a transform',
        'request.body.pipeThrough(new TransformStream({ transform(c, out) { out.enqueue(c) } }))',
      ],
      ['as a clone', 'request.clone().body'],
      ['as one branch of two', '(() => { const [a, b] = request.body.tee(); b.cancel(); return a })()'],
      [
        'by a reader of its own',
        `new ReadableStream({ reader: request.body.getReader({ mode: 'byob' }), type: 'bytes',
        async pull(c) { const { done, value } = await this.reader.read(new Uint8Array(10_000))
          if (done) { c.close(); c.byobRequest?.respond(0) } else c.enqueue(value) } })`,
      ],
    ])('20 MB come through byte for byte: %s', async (_, body) => {
      const [sent, got] = [createHash('sha256'), createHash('sha256')]
      const job = await post(`return new Response(${body})`, { body: source(20 * MB, (piece) => sent.update(piece)) })
      const result = await make().run(job)
      for await (const piece of streamed(result)) got.update(piece)
      expect(got.digest('hex')).toBe(sent.digest('hex'))
      expect((await result.metrics).cpuMs).toBeGreaterThan(0)
    })

    test('what one piece was made of comes before the next is there', async () => {
      const events = gated()
      const result = await make().run(await post('return new Response(request.body)', { body: events.body }))
      const reader = streamed(result)[Symbol.asyncIterator]()
      for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
        events.send(event)
        expect(new TextDecoder().decode((await reader.next()).value)).toBe(event)
      }
      events.end()
      expect(await reader.next()).toEqual({ done: true, value: undefined })
      expect((await result.metrics).runMs).toBeGreaterThan(0)
    })

    test.each([
      ['text', 'return new Response(String((await request.text()).length))'],
      ['bytes', 'return new Response(String((await request.bytes()).length))'],
      [
        'what an iteration gives',
        'let n = 0; for await (const c of request.body) n += c.length; return new Response(String(n))',
      ],
      ['many short pieces', 'return new Response(String((await request.arrayBuffer()).byteLength))'],
    ])('a streamed request is read as %s', async (kind, body) => {
      const job = await post(body, { body: source(3 * MB, undefined, kind === 'many short pieces' ? 700 : 100_000) })
      expect(await text(make().run(job))).toBe(String(3 * MB))
    })

    test('one without bytes is empty', async () => {
      expect(await text(make().run(await post('return new Response(await request.text())', { body: source(0) })))).toBe(
        '',
      )
    })
  })

  describe('nothing is made or read before it is asked for', () => {
    test('a request that the handler does not read is left unread', async () => {
      const { body, count } = bytesThatCount()
      expect(await text(make().run(await post(`return new Response('no need')`, { body })))).toBe('no need')
      expect(count).toEqual({ bytes: 0, left: true })
    })

    test('GET and HEAD have none', async () => {
      const { body, count } = bytesThatCount()
      const job = await makeJob(handler('return new Response(String(request.body))'), { body })
      expect(await text(make().run(job))).toBe('null')
      expect(count).toEqual({ bytes: 0, left: true })
    })

    test('of one that is read in part, little more is read, and it is left', async () => {
      const { body, count } = bytesThatCount()
      const job = await post(
        `await request.body.getReader().read(); await new Promise((go) => setTimeout(go, 200)); return new Response('ok')`,
        { body },
      )
      expect(await text(make().run(job))).toBe('ok')
      expect(count.left).toBe(true)
      expect(count.bytes).toBeGreaterThan(0)
      expect(count.bytes).toBeLessThan(AHEAD_MAX_BYTES)
    })

    test('one that is cancelled is left while the call goes on', async () => {
      const { body, count } = bytesThatCount()
      const runner = make()
      const job = await post(
        `const r = request.body.getReader(); await r.read(); await r.cancel()
         return new Response(new ReadableStream({ async pull(c) { await new Promise((go) => setTimeout(go, 5)); c.enqueue(new Uint8Array(1)) } }))`,
        { body },
      )
      const reader = streamed(await runner.run(job))[Symbol.asyncIterator]()
      await until(() => count.left)
      expect((await reader.next()).done).toBe(false)
      await reader.return?.()
    })

    test('an answer is made as it is read', async () => {
      const runner = make()
      const reader = streamed(await runner.run(await makeJob(COUNTS)))[Symbol.asyncIterator]()
      let read = 0
      for (const upTo of [1, MB, 3 * MB]) {
        while (read < upTo) read += (await reader.next()).value?.length ?? 0
        const [ahead] = await made(runner)
        expect(ahead).toBeGreaterThanOrEqual(read)
        expect(ahead).toBeLessThan(read + AHEAD_MAX_BYTES)
      }
      await reader.return?.()
    })

    test('answers that nobody reads hold up no other call', async () => {
      const runner = make()
      const job = await makeJob(COUNTS)
      const bodies = await Promise.all(Array.from({ length: 5 }, async () => streamed(await runner.run(job))))
      await until(() => runner.load().busy === 5)
      for (let i = 0; i < 10; i++) expect((await made(runner))[0]).toBeLessThan(5 * AHEAD_MAX_BYTES)
      for (const body of bodies) await body[Symbol.asyncIterator]().return?.()
      await until(() => runner.load().busy === 0)
    })
  })

  describe('a streamed answer ends', () => {
    test('with its reader, and its handler learns of it', async () => {
      const runner = make()
      const result = await runner.run(await makeJob(COUNTS))
      for await (const piece of streamed(result)) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
      expect(await failure(Promise.resolve(result.metrics))).toMatchObject({ code: 'cancelled' })
      await until(() => runner.load().busy === 0)
      expect((await made(runner))[1]).toBe('aborted,cancelled by AbortError')
    })

    test('by its signal', async () => {
      const runner = make()
      const giveUp = new AbortController()
      const result = await runner.run(await makeJob(COUNTS), giveUp)
      const reader = streamed(result)[Symbol.asyncIterator]()
      await reader.next()
      giveUp.abort()
      expect(await failure(drained(reader))).toMatchObject({ code: 'cancelled', data: { metrics: { cold: true } } })
      expect(await failure(Promise.resolve(result.metrics))).toMatchObject({ code: 'cancelled' })
      expect(await reader.next()).toEqual({ done: true, value: undefined })
      await until(() => runner.load().busy === 0)
    })

    test.each([
      ['goes on for ever', COUNTS, true],
      ['goes on for ever, and nobody reads it,', COUNTS, false],
      [
        'comes to nothing more',
        handler('return new Response(new ReadableStream({ pull: () => new Promise((go) => setTimeout(go, 60_000)) }))'),
        true,
      ],
    ])('at the deadline, where it %s', async (_, code, reads) => {
      const runner = make()
      const result = await begun(runner, code)
      if (reads) expect(await failure(readWhole(result.body))).toMatchObject({ code: 'timeout' })
      expect(await failure(Promise.resolve(result.metrics))).toMatchObject({ code: 'timeout' })
      await until(() => runner.load().busy === 0)
      if (!reads) expect(await failure(readWhole(result.body))).toMatchObject({ code: 'timeout' })
    })

    test('with the error of what makes it, after what was made before', async () => {
      const result = await make().run(
        await makeJob(
          handler(`let n = 0; return new Response(new ReadableStream({ async pull(c) {
            await new Promise((go) => setTimeout(go, 1))
            if (n++ === 3) throw new RangeError('dry'); c.enqueue(new Uint8Array(1000)) } }))`),
        ),
      )
      const lengths: number[] = []
      const reading = (async () => {
        for await (const { length } of streamed(result)) lengths.push(length)
      })()
      expect(await failure(reading)).toMatchObject({
        code: 'handler-failed',
        data: { name: 'RangeError', metrics: {} },
      })
      expect(lengths).toEqual([1000, 1000, 1000])
      expect(await failure(Promise.resolve(result.metrics))).toMatchObject({ code: 'handler-failed' })
    })

    test('where it is over the limit of the function', async () => {
      const result = await make().run(await makeJob(COUNTS, { limits: { bodyBytes: 600_000 } }))
      expect(await failure(readWhole(result.body))).toMatchObject({ code: 'result-too-large' })
    })
  })

  describe('a streamed request ends', () => {
    test('with the error of its source: the handler’s reading rejects, and what it fails with is that', async () => {
      const events = gated()
      const call = make().run(await post('return new Response(await request.text())', { body: events.body }))
      events.send('some')
      events.fail(new TypeError('/home/someone: gone'))
      expect(await failure(call)).toMatchObject({
        code: 'internal',
        message: '/home/someone: gone',
        data: { metrics: {} },
      })
    })

    test('so, too, for a handler that takes it, which is told nothing of this machine', async () => {
      const events = gated()
      const job = await post(
        `try { await request.text() } catch (e) { return new Response(e.name + ': ' + e.message) }`,
        {
          body: events.body,
        },
      )
      const call = text(make().run(job))
      events.fail(new TypeError('/home/someone: gone'))
      expect(await call).toBe('TypeError: the body of the request broke off')
    })

    test('where it is over the limit of the function', async () => {
      const { body, count } = bytesThatCount()
      const limits = { bodyBytes: 100_000 }
      const call = make().run(await post('return new Response(await request.text())', { body, limits }))
      expect(await failure(call)).toMatchObject({ code: 'too-large' })
      expect(count.left).toBe(true)
      expect(count.bytes).toBeLessThan(AHEAD_MAX_BYTES)
    })

    test('with its call, whatever becomes of that', async () => {
      const runner = make()
      const { body, count } = bytesThatCount()
      const giveUp = new AbortController()
      const reads = 'await request.body.getReader().read(); setTimeout(() => {}, 60_000); await new Promise(() => {})'
      const call = failure(runner.run(await post(reads, { body }), giveUp))
      await until(() => count.bytes > 0)
      giveUp.abort()
      expect((await call).code).toBe('cancelled')
      expect(count.left).toBe(true)
    })

    test('not at a refusal: another runner may want it', async () => {
      const runner = make()
      await runner.stop()
      const { body, count } = bytesThatCount()
      expect((await failure(runner.run(await post('return new Response()', { body })))).code).toBe('draining')
      expect(count).toEqual({ bytes: 0, left: false })
    })
  })

  test('a streamed call is measured to its end, and keeps its slot until then', async () => {
    const runner = make()
    const events = gated()
    const result = await runner.run(await post('return new Response(request.body)', { body: events.body }))
    events.send('x'.repeat(10))
    const rest = whole(Promise.resolve(result))
    expect(runner.load().busy).toBe(1)
    await new Promise((go) => setTimeout(go, 50))
    events.end()
    const { metrics } = await rest
    expect(metrics.runMs).toBeGreaterThan(40)
    expect(runner.load().busy).toBe(0)
  })
}

function streamed({ body }: RunResult): ByteStream {
  if (isWhole(body)) throw new Error('the answer is whole')
  return body
}

async function drained(reader: AsyncIterator<Uint8Array>): Promise<void> {
  while ((await reader.next()).done !== true);
}
