import type { Need, Runner, RunResult } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { gated } from './bodies.ts'
import { streamContract } from './runner-contract-streams.ts'
import { failure, handler, makeJob, text, until, whole } from './support.ts'

/** What every runner does, whatever its jail. `make` gives one that is stopped with the test. */
export function runnerContract(name: string, make: () => Runner): void {
  describe(name, () => {
    test('answers with status, headers and body', async () => {
      const runner = make()
      const job = await makeJob(handler(`return new Response('made', { status: 201, headers: { 'x-kind': 'test' } })`))
      const result = await whole(runner.run(job))
      expect(result.status).toBe(201)
      expect(result.headers).toContainEqual(['x-kind', 'test'])
      expect(new TextDecoder().decode(result.body)).toBe('made')
    })

    test('gives the handler the request, its body and the environment', async () => {
      const job = await makeJob(
        handler(
          `return Response.json([request.method, request.url, request.headers.get('x-a'), await request.text(), env.NAME])`,
        ),
        { env: { NAME: 'value' }, url: 'http://f.test/p?q=1', body: new TextEncoder().encode('sent') },
      )
      job.request.method = 'POST'
      job.request.headers.push(['x-a', 'b'])
      const answer: unknown = JSON.parse(await text(make().run(job)))
      expect(answer).toEqual(['POST', 'http://f.test/p?q=1', 'b', 'sent', 'value'])
    })

    test('carries large bodies both ways, byte for byte', async () => {
      const body = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 251)
      const job = await makeJob(handler('return new Response(await request.arrayBuffer())'), { body })
      job.request.method = 'POST'
      const result = await whole(make().run(job))
      expect(Buffer.compare(result.body, body)).toBe(0)
    })

    test('is cold once and warm after, and asks for the code once', async () => {
      const runner = make()
      const job = await makeJob(handler('return new Response()'))
      let asked = 0
      const code = await job.code()
      job.code = () => {
        asked += 1
        return Promise.resolve(code)
      }
      const first = await whole(runner.run(job))
      const second = await whole(runner.run(job))
      expect(first.metrics).toMatchObject({ cold: true, fetchMs: 0 })
      expect(first.metrics.startMs).toBeGreaterThan(0)
      expect(second.metrics).toMatchObject({ cold: false, startMs: 0, fetchMs: 0 })
      expect(asked).toBe(1)
      expect(runner.warm().map(String)).toEqual([job.cid.toString()])
    })

    test('measures the processor time that a handler takes', async () => {
      const spin = 'const end = Date.now() + 60; while (Date.now() < end); return new Response()'
      const { metrics } = await whole(make().run(await makeJob(handler(spin))))
      expect(metrics.cpuMs).toBeGreaterThan(1)
      expect(metrics.runMs).toBeGreaterThanOrEqual(metrics.cpuMs * 0.9)
    })

    test('runs calls of one function side by side while they wait', async () => {
      const runner = make()
      const waits = handler('return new Response(await request.text())')
      const bodies = [gated(), gated(), gated()]
      const calls = bodies.map(async ({ body }) => {
        const job = await makeJob(waits, { body })
        job.request.method = 'POST'
        return text(runner.run(job))
      })
      await until(() => runner.load().busy === 3)
      for (const body of bodies) {
        body.send('waited')
        body.end()
      }
      expect(await Promise.all(calls)).toEqual(['waited', 'waited', 'waited'])
    })

    test.each([
      ['handler-failed', handler(`throw new Error('no')`)],
      ['handler-bad-response', handler('return 7')],
      ['handler-invalid', 'export const x = 1'],
      ['handler-invalid', 'this is no JavaScript'],
    ])('says %s with measures, and goes on', async (code, source) => {
      const runner = make()
      const error = await failure(runner.run(await makeJob(source)))
      expect(error.code).toBe(code)
      expect(error.data).toHaveProperty('metrics.cold', true)
      expect(await text(runner.run(await makeJob(handler(`return new Response('on')`))))).toBe('on')
    })

    test('passes on why the code could not be had', async () => {
      const job = await makeJob(handler('return new Response()'))
      job.code = () => Promise.reject(new TypeError('gone'))
      expect(await failure(make().run(job))).toMatchObject({ code: 'internal', message: 'gone' })
    })

    test('refuses needs that its jail does not grant', async () => {
      const runner = make()
      const needing = (need: string): Promise<RunResult> =>
        makeJob(handler('return new Response()'), { needs: [need as Need] }).then((job) => runner.run(job))
      expect((await failure(needing('telepathy'))).code).toBe('unsupported')
      for (const granted of runner.jail().grants.trusted ?? []) expect((await needing(granted)).status).toBe(200)
    })

    test('refuses an answer that is too large', async () => {
      const job = await makeJob(handler(`return new Response('x'.repeat(2000))`), { limits: { bodyBytes: 1000 } })
      expect((await failure(make().run(job))).code).toBe('result-too-large')
    })

    test('refuses a request body that is too large', async () => {
      const job = await makeJob(handler('return new Response()'), {
        limits: { bodyBytes: 10 },
        body: new Uint8Array(11),
      })
      expect((await failure(make().run(job))).code).toBe('too-large')
    })

    test('does not begin for a signal that was aborted before', async () => {
      const runner = make()
      const signal = AbortSignal.abort()
      expect((await failure(runner.run(await makeJob(handler('return new Response()')), { signal }))).code).toBe(
        'cancelled',
      )
      expect(runner.load()).toMatchObject({ busy: 0, queued: 0 })
    })

    test('refuses work once it is stopped, and may be stopped twice', async () => {
      const runner = make()
      await runner.stop()
      await runner.stop()
      expect((await failure(runner.run(await makeJob(handler('return new Response()'))))).code).toBe('draining')
    })

    streamContract(make)
  })
}
