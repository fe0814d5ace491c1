import { toHitherError } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { read, start, startHandler } from './start.ts'

describe('nothing that user code can reach', () => {
  test.each([
    ['a constructor of constructors', `request.constructor.constructor('return process')()`],
    ['the context’s', `ctx.waitUntil.constructor('return process')()`],
    ['a host function’s', `crypto.getRandomValues.constructor('return require')()`],
    ['the way in', `__hither`],
    ['isolated-vm', `new Reference({})`],
  ])('is the process: %s', async (_name, code) => {
    expect(await startHandler(code).fail()).toMatchObject({ data: { name: 'ReferenceError' } })
  })

  test('is a module from outside', async () => {
    expect((await startHandler(`await import('node:fs')`).fail()).code).toBe('handler-failed')
  })

  test('is a function of the runtime, taken off the stack', async () => {
    const { fetch } = startHandler(`let frames
      Error.prepareStackTrace = (_error, sites) => {
        frames = sites.map((site) => [site.getFunction(), site.getThis()]) }
      const stack = () => { new Error().stack }
      new Blob([{ toString() { stack(); return '' } }]); Error.prepareStackTrace = undefined
      return Response.json([frames.length > 2, frames.flat().filter((value) => value !== undefined).length])`)
    expect(JSON.parse((await fetch()).text)).toEqual([true, 0])
  })

  test('shows a path of this machine', async () => {
    const { fetch } = startHandler(`const stacks = []
      const attempts = [() => new URL('x'), () => new Response('', { status: 1 }), () => btoa('ä€'), () => structuredClone(() => {}),
        () => crypto.getRandomValues(new Uint8Array(1e6)), () => new Request('/'), () => setTimeout('x'), () => fetch('http://x/'),
        () => new TextDecoder('nope'), () => AbortSignal.any(1), () => new ReadableStream(1), () => new FormData(1)]
      for (const attempt of attempts) try { await attempt() } catch (error) { stacks.push(String(error.stack)) }
      return Response.json(stacks)`)
    const stacks = JSON.parse((await fetch()).text) as string[]
    expect(stacks).toHaveLength(12)
    for (const stack of stacks) expect(stack).not.toMatch(/file:|\/packages\/|node:|isolated-vm boundary/)
  })
})

describe('memory is not shared', () => {
  const SHARED = 'initial: 1, maximum: 1, shared: true'

  test('by way of WebAssembly', async () => {
    // (module (memory (export "m") 1 1 shared)), and (module (import "a" "b" (func)) (import "a" "m" (memory 1 1 shared)))
    const own = '[0,97,115,109,1,0,0,0,5,4,1,3,1,1,7,5,1,1,109,2,0]'
    const imported = '[0,97,115,109,1,0,0,0,1,4,1,96,0,0,2,15,2,1,97,1,98,0,0,1,97,1,109,2,3,1,1]'
    const { fetch } = startHandler(`const found = []
      const attempts = [() => new WebAssembly.Memory({ ${SHARED} }).buffer]
      for (const bytes of [${own}, ${imported}]) {
        const module = new Uint8Array(bytes)
        const hidden = Object.defineProperty(new Uint8Array(bytes), 'buffer', { value: new ArrayBuffer(0) })
        attempts.push(() => new WebAssembly.Module(module), () => WebAssembly.compile(module.buffer), () => WebAssembly.instantiate(module),
          () => new WebAssembly.Module(hidden), () => new WebAssembly.Module(new DataView(module.buffer)),
          () => new (new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).constructor)(module))
      }
      for (const attempt of attempts) try { await attempt(); found.push('granted') } catch (error) { found.push(error.message) }
      return Response.json([found, typeof SharedArrayBuffer, typeof Atomics])`)
    const [found, ...types] = JSON.parse((await fetch()).text) as [string[], string, string]
    expect(found).toHaveLength(13)
    for (const message of found) expect(message).toContain('not granted')
    expect(types).toEqual(['undefined', 'undefined'])
  })

  test('and WebAssembly works without', async () => {
    // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add) (memory (export "m") 1))
    const bytes =
      '[0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,5,3,1,0,1,7,11,2,3,97,100,100,0,0,1,109,2,0,10,9,1,7,0,32,0,32,1,106,11]'
    const { fetch } = startHandler(`const module = await WebAssembly.compile(new Uint8Array(${bytes}))
      const { exports } = await WebAssembly.instantiate(module)
      return Response.json([exports.add(2, 3), exports.m.buffer.byteLength])`)
    expect(JSON.parse((await fetch()).text)).toEqual([5, 65_536])
  })
})

/** In a module's patch: what it takes away is gone for the runtime too. */
const BREAK = `const broken = () => { throw new Error('broken') };`

describe('a function that breaks its own world', () => {
  test.each([
    ['promises', `Promise.prototype.then = Promise.prototype.catch = broken`],
    ['JSON', `JSON.stringify = JSON.parse = broken`],
    ['the prototype of all', `Object.prototype.status = 'x'; Object.prototype.body = 'x'`],
  ])('still answers: %s', async (_name, code) => {
    const { fetch } = start(`${BREAK} ${code}; export default async () => { await 0; return new Response('ok') }`)
    expect((await fetch()).text).toBe('ok')
  })

  test.each([
    [
      'its globals',
      `for (const name of ['Response', 'Promise', 'Error', 'setTimeout', 'Map']) globalThis[name] = undefined`,
    ],
    ['objects', `Object.keys = Object.defineProperty = Object.entries = broken`],
    ['Reflect and Function', `Reflect.apply = Function.prototype.call = Function.prototype.apply = broken`],
    ['pushing', `Array.prototype.push = broken`],
    ['headers that are none', `Array.prototype.join = () => 'bad name\\nvalue'`],
    ['an odd number of lines', `Array.prototype.join = () => 'a'`],
    ['headers that are no text', `Array.prototype.join = () => ({ toString: 1 })`],
    ['headers that cannot cross', `Array.prototype.join = () => () => {}`],
    ['vast headers', `Array.prototype.join = () => 'a\\n' + 'x'.repeat(1e6)`],
    ['maps', `Map.prototype.get = Map.prototype.set = Map.prototype.delete = broken`],
    ['iteration', `Array.prototype[Symbol.iterator] = Map.prototype[Symbol.iterator] = broken`],
    ['strings', `String.prototype.slice = String.prototype.split = () => () => {}`],
    [
      'streams',
      `ReadableStream.prototype.getReader = () => ({ read: async () => ({ done: false, value: new B(1e5) }) })`,
    ],
    [
      'species',
      `Object.defineProperty(Uint8Array, Symbol.species, { value: Array }); Uint8Array.prototype.slice = () => 3`,
    ],
  ])('or fails alone: %s', async (_name, code) => {
    const outcome = await resultOf(`${BREAK} const R = Response, S = ReadableStream, B = Uint8Array; ${code}
      export default async () => new R(new S({ start(c) { c.enqueue(new B([111, 107])); c.close() } }), { headers: { a: 'b' } })`)
    expect(outcome).toMatch(/^(200|handler-[a-z-]+|bad-message|result-too-large)$/)
    expect((await startHandler(`return new Response('well')`).fetch()).text).toBe('well')
  })

  test('cannot answer with what HTTP does not know', async () => {
    for (const status of [0, 101, 199, 600, Number.NaN]) {
      const { fail } = startHandler(`return new Response(null, { status: ${status} })`)
      expect((await fail()).code).toMatch(/^handler-/)
    }
  })

  test('cannot answer for another call, nor twice', async () => {
    const { fetch } = start(`let kept
      export default async (request) => { kept ??= new Response('first'); return kept.clone() }`)
    expect(await Promise.all([fetch(), fetch()])).toMatchObject([{ text: 'first' }, { text: 'first' }])
  })
})

/** The status or the error's code, of loading or of the call. */
async function resultOf(code: string): Promise<string> {
  try {
    const outcome = await read(start(code).call())
    if ('error' in outcome) return outcome.error.code
    return 'response' in outcome ? String(outcome.response.status) : 'streamed'
  } catch (error) {
    return toHitherError(error).code
  }
}

describe('what user code makes of the runtime', () => {
  test('leaves the process its stack, however deep it calls from', async () => {
    const { fetch } = startHandler(`const found = new Set()
      const calls = [() => clearTimeout(setTimeout(() => {}, 1)), () => crypto.getRandomValues(new Uint8Array(4096)), () => console.log('x')]
      function down() { for (const call of calls) try { call() } catch (error) { found.add(String(error.stack)) } down() }
      try { down() } catch {}
      return Response.json([...found])`)
    const stacks = JSON.parse((await fetch()).text) as string[]
    expect(stacks.length).toBeGreaterThan(0)
    for (const stack of stacks) expect(stack).not.toMatch(/file:|node:|isolated-vm boundary/)
  })

  test('gets no call of the runtime by way of what the call lacks', async () => {
    const { fetch } = start(`const kept = []
      for (const key of ['feed', 'resume', 'signal']) Object.defineProperty(Object.prototype, key, { get() { kept.push(Object.keys(this)) } })
      export default (request) => request.url.endsWith('seen') ? Response.json(kept.filter((keys) => keys.includes('logged'))) : new Response('ok')`)
    await fetch()
    expect(JSON.parse((await fetch({ url: 'http://fn.localhost/seen' })).text)).toEqual([])
  })

  test('sees nothing of where the machine stands', async () => {
    const { fetch } = startHandler(`return new Response(Intl.DateTimeFormat().resolvedOptions().timeZone)`)
    expect((await fetch()).text).toBe('UTC')
  })
})
