import type { Limits } from '@hither/core'
import { beforeAll, expect, test } from 'vitest'
import { answer, inBothProfiles } from './support/jail.ts'
import { arena, CALM, megabytes, spread, type Arena, type Blast } from './support/arena.ts'
import { figure } from './support/report.ts'
import { LOG_CALL_MAX_BYTES, LOG_CALL_MAX_LINES, LOG_LINE_MAX_CHARS } from '../../packages/sandbox/src/ipc/limits.ts'

const handler = (body: string): string => `export default async (request, env, ctx) => { ${body} }`
const WELL = handler(`return new Response('well')`)

const BODY_MAX_BYTES: number = 8 * 1024 * 1024

/** The most that our own process may grow by: nothing that a handler makes is held here beyond its windows. */
const GROWTH_MAX_BYTES: number = 64 * 1024 * 1024

const FLOODS: [name: string, body: string][] = [
  ['lines of 10 kB', `for (let i = 0; i < 20_000; i += 1) console.log('x'.repeat(10_000)); return new Response('x')`],
  ['a million tiny lines', `for (let i = 0; i < 1e6; i += 1) console.log('x'); return new Response('x')`],
  [
    'errors',
    `for (let i = 0; i < 2000; i += 1) console.error(new Error('x'.repeat(10_000))); return new Response('x')`,
  ],
  [
    'large objects',
    `const all = Array.from({ length: 1e4 }, (_, i) => ({ i })); for (let i = 0; i < 2000; i += 1) console.log(all); return new Response('x')`,
  ],
  [
    'rejections',
    `for (let i = 0; i < 1000; i += 1) ctx.waitUntil(Promise.reject(new Error('x'.repeat(10_000)))); return new Response('x')`,
  ],
]

const DEEP = 'let a = []; for (let i = 0; i < 2e5; i += 1) a = [a]'

const RESULTS: [name: string, body: string, ends: string[]][] = [
  ['200 MB of text', `return new Response('x'.repeat(200e6))`, ['limit-memory', 'result-too-large', 'handler-failed']],
  ['200 MB of bytes', `return new Response(new Uint8Array(200e6))`, ['limit-memory', 'handler-failed']],
  [
    'a body over its limit',
    `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65_536)) } }))`,
    ['result-too-large'],
  ],
  [
    'more headers than there may be',
    `const h = new Headers(); for (let i = 0; i < 300; i += 1) h.append('x-' + i, 'v'); return new Response('', { headers: h })`,
    ['result-too-large'],
  ],
  [
    'a million headers',
    `const h = new Headers(); for (let i = 0; i < 1e6; i += 1) h.append('x-' + i, 'v'); return new Response('', { headers: h })`,
    ['result-too-large', 'limit-cpu', 'limit-memory'],
  ],
  [
    'a header of megabytes',
    `return new Response('', { headers: { a: 'x'.repeat(2e6) } })`,
    ['result-too-large', 'limit-cpu'],
  ],
  [
    'cookies of megabytes',
    `const h = new Headers(); for (let i = 0; i < 20; i += 1) h.append('set-cookie', 'x'.repeat(1e5)); return new Response('', { headers: h })`,
    ['result-too-large', 'limit-cpu'],
  ],
  ['an error of 20 MB', `throw new Error('x'.repeat(20e6))`, ['handler-failed', 'limit-memory']],
  ['a deep list, cloned', `${DEEP}; return Response.json(structuredClone(a).length)`, ['handler-failed']],
  // V8 writes it without going deep from Node 26 on.
  ['a deep list', `${DEEP}; return Response.json(a)`, ['answered', 'handler-failed']],
]

inBothProfiles((profile) => {
  let on: Arena
  beforeAll(async () => {
    on = await arena(profile)
    return () => on.close()
  })

  /** Runs it, and sees that nothing of it is held here. */
  async function blast(
    text: string,
    limits: Partial<Limits> = { cpuMs: 2000 },
  ): Promise<Blast & { grownBytes: number }> {
    const before = process.memoryUsage.rss()
    const blasted = await on.blast(await on.job(text, { limits: { bodyBytes: BODY_MAX_BYTES, ...limits } }))
    const grownBytes = process.memoryUsage.rss() - before
    expect(blasted.peakBytes).toBeLessThan(blasted.boundBytes)
    expect(grownBytes).toBeLessThan(GROWTH_MAX_BYTES)
    expect(await answer(on.runner, await on.job(WELL, { limits: CALM }))).toBe('well')
    return { ...blasted, grownBytes }
  }

  test.each(FLOODS)('B04: a flood of %s is cut to what a call may write', async (name, body) => {
    on.lines.length = 0
    const { outcome, stallP99Ms, grownBytes, bystander } = await blast(handler(body))
    expect(['answered', 'limit-cpu']).toContain(outcome)
    const bytes = on.lines.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    expect(bytes).toBeLessThanOrEqual(LOG_CALL_MAX_BYTES + LOG_LINE_MAX_CHARS)
    expect(on.lines.length).toBeLessThanOrEqual(LOG_CALL_MAX_LINES + 1)
    figure(
      'B04',
      `${profile}: ${name}`,
      `${on.lines.length} lines, parent’s stall p99 ${stallP99Ms.toFixed(1)} ms, grew ${megabytes(grownBytes)}, bystander ${spread(bystander)}`,
    )
  })

  test('B04: lines after the answer count as the call’s own', async () => {
    on.lines.length = 0
    const after = `ctx.waitUntil(new Promise((ok) => setTimeout(() => { for (let i = 0; i < 1e5; i += 1) console.log('late'); ok() }, 1)))`
    expect((await blast(handler(`${after}; return new Response('x')`), CALM)).outcome).toBe('answered')
    expect(on.lines.length).toBeLessThanOrEqual(LOG_CALL_MAX_LINES + 1)
  })

  test.each(RESULTS)('B05: %s is refused by name', async (name, body, ends) => {
    const { outcome, ms, peakBytes } = await blast(handler(body), ends.includes('limit-cpu') ? undefined : CALM)
    expect(ends).toContain(outcome)
    figure('B05', `${profile}: ${name}`, `${outcome} after ${ms.toFixed(0)} ms, peak ${megabytes(peakBytes)}`)
  })

  test('B05: a status text is not sent, however long', async () => {
    expect((await blast(handler(`return new Response('', { statusText: 'x'.repeat(1e6) })`))).outcome).toMatch(
      /answered|limit-cpu/,
    )
  })

  test('B05: of an endless answer that nobody reads no more than its window is made', async () => {
    const made = `let made = 0
      export default (request) => request.url.endsWith('made') ? Response.json(made)
        : new Response(new ReadableStream({ pull(c) { made += 65_536; c.enqueue(new Uint8Array(65_536)) } }, { highWaterMark: 0 }))`
    const job = await on.job(made, { limits: CALM })
    const { body } = await on.runner.run(job)
    const bytes = Number(
      await answer(on.runner, { ...job, request: { method: 'GET', url: 'http://hostile.test/made', headers: [] } }),
    )
    expect(bytes).toBeLessThanOrEqual(1024 * 1024)
    if (!(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.()
    figure('B05', `${profile}: made of an endless answer that nobody reads`, `${bytes} bytes`)
  })

  test('B05: promises for waitUntil, timers and open calls are bounded', async () => {
    const promises = `for (let i = 0; i < 1e6; i += 1) ctx.waitUntil(new Promise(() => {})); return new Response('x')`
    expect((await blast(handler(promises))).outcome).toMatch(/answered|limit-/)
    const timers = `try { for (;;) setTimeout(() => {}, 1e6) } catch (error) { return new Response(error.name) }`
    expect(await answer(on.runner, await on.job(handler(timers), { limits: CALM }))).toBe('QuotaExceededError')
  })
})
