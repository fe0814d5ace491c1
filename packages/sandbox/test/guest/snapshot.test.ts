import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DEFAULT_LIMITS } from '@hither/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { bootAhead, startFrom } from '../../src/child/guest-blank.ts'
import { findCode } from '../../src/host/launch/code.ts'
import { snapshotCommand } from '../../src/host/launch/node.ts'
import { ADDED, bareNames, REMOVED } from './globals.ts'
import { start, startHandler } from './start.ts'

async function take(profile: 'trusted' | 'strangers'): Promise<Buffer> {
  const [file, ...args] = snapshotCommand(findCode(), profile)
  const { stdout } = await promisify(execFile)(file, args, { env: {}, encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** What a handler with this body returns as JSON. */
async function run(body: string): Promise<unknown> {
  return JSON.parse((await startHandler(body).fetch()).text)
}

let began: number

beforeAll(async () => {
  const bytes = await take('trusted')
  began = Date.now()
  startFrom(new Uint8Array(bytes).buffer)
})

test('can be made for strangers, too', async () => {
  expect((await take('strangers')).length).toBeGreaterThan(1024 * 1024)
})

describe('an isolate from a snapshot', () => {
  test('answers', async () => {
    const { fetch } = start(`export default { async fetch(request) {
      return new Response(await request.text() + new URL(request.url).host, { headers: { a: 'b' } }) } }`)
    const { text, headers } = await fetch({ method: 'POST', body: new TextEncoder().encode('to ') })
    expect(text).toBe('to fn.localhost')
    expect(headers).toContainEqual(['a', 'b'])
  })

  test('has the globals of any other', async () => {
    const names = await run('return Response.json(Reflect.ownKeys(globalThis).map(String))')
    const expected = [...bareNames(), ...ADDED].filter((name) => !REMOVED.includes(name))
    expect((names as string[]).toSorted()).toEqual(expected.toSorted())
  })

  test('begins its time when it begins, and not when the snapshot was taken', async () => {
    const [origin, now] = (await run('return Response.json([performance.timeOrigin, performance.now()])')) as [
      number,
      number,
    ]
    expect(origin).toBeGreaterThanOrEqual(began)
    expect(now).toBeLessThan(Date.now() - began + 1)
  })

  test('that was booted ahead begins its time with its function, and knows nothing of what it rehearsed', async () => {
    bootAhead()
    const booted = Date.now()
    while (Date.now() === booted);
    const { fetch, logs } = start(
      'export default (request, env) => Response.json([performance.timeOrigin, performance.now(), env])',
      { memoryMb: DEFAULT_LIMITS.memoryMb, env: { A: 'b' } },
    )
    const [origin, now, env] = JSON.parse((await fetch()).text) as [number, number, unknown]
    expect(origin).toBeGreaterThan(booted)
    expect(env).toEqual({ A: 'b' })
    expect(now).toBeLessThanOrEqual(Date.now() - booted)
    expect(logs).toEqual([])
  })

  test('that was booted ahead ends the timers that a bundle sets while it loads, and no others', async () => {
    bootAhead()
    const { fetch, logs } = start(
      `setInterval(() => console.log('of nobody'), 5)
      export default async () => new Response(await new Promise((go) => setTimeout(go, 20, 'late')))`,
      { memoryMb: DEFAULT_LIMITS.memoryMb },
    )
    expect((await fetch()).text).toBe('late')
    expect(logs.map(({ text }) => text)).toEqual([expect.stringContaining('timers set while the module loads end')])
  })

  test('has chance of its own', async () => {
    const body = 'return Response.json([Math.random(), crypto.randomUUID()])'
    const [one, two] = (await Promise.all([run(body), run(body)])) as [unknown[], unknown[]]
    expect(one[0]).not.toBe(two[0])
    expect(one[1]).not.toBe(two[1])
  })

  test('has WebAssembly, tamed', async () => {
    const seen = await run(`const add = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
      let shared
      try { shared = String(memory.buffer) } catch (error) { shared = error.name }
      return Response.json([(await WebAssembly.instantiate(add)).module instanceof WebAssembly.Module, shared])`)
    expect(seen).toEqual([true, 'TypeError'])
  })

  test('has international host names, streams and timers', async () => {
    const seen = await run(`const stream = new ReadableStream({ async pull(controller) {
        await new Promise((go) => setTimeout(go, 1))
        controller.enqueue(new URL('http://bücher.example/').host)
        controller.close()
      } })
      return Response.json(await new Response(stream.pipeThrough(new TextEncoderStream())).text())`)
    expect(seen).toBe('xn--bcher-kva.example')
  })

  test('is bounded as any other', async () => {
    const { fail } = startHandler('for (;;);')
    expect((await fail({}, { cpuMs: 50 })).code).toBe('limit-cpu')
    const bomb = startHandler('const all = []; for (;;) all.push({ a: {} })', { memoryMb: 32 })
    expect((await bomb.fail({}, { cpuMs: 20_000 })).code).toBe('limit-memory')
  })
})
