import { HitherError } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { start, startHandler } from './start.ts'

describe('a handler', () => {
  test.each([
    ['an object with fetch', `export default { fetch: () => new Response('hi') }`],
    ['a function', `export default () => new Response('hi')`],
    ['an async function', `export default async () => new Response('hi')`],
    ['a function with a fetch', `export default Object.assign(() => {}, { fetch: () => new Response('hi') })`],
    ['one that was renamed', `const app = { fetch: () => new Response('hi') }; export { app as default }`],
    [
      'one behind a top-level await',
      `const text = await Promise.resolve('hi'); export default () => new Response(text)`,
    ],
    [
      'one behind a timer',
      `await new Promise((ok) => setTimeout(ok, 20)); let text = 'hi'; export default () => new Response(text)`,
    ],
  ])('can be %s', async (_name, code) => {
    expect((await start(code).fetch()).text).toBe('hi')
  })

  test('keeps its receiver', async () => {
    const { fetch } = start(
      `class App { name = 'app'; fetch() { return new Response(this.name) } } export default new App()`,
    )
    expect((await fetch()).text).toBe('app')
  })

  test('gets the variables, frozen, and a context', async () => {
    const { fetch } = startHandler(
      `return Response.json([env, Object.isFrozen(env), typeof ctx.waitUntil, typeof ctx.passThroughOnException])`,
      { env: { COLOUR: 'blue' } },
    )
    expect(JSON.parse((await fetch()).text)).toEqual([{ COLOUR: 'blue' }, true, 'function', 'function'])
  })
})

describe('a bundle that gives none is refused', () => {
  test.each([
    ['a number', `export default 3`, /default export is a number; it exports default/],
    ['a class', `export default class {}`, /a class/],
    ['an object', `export default { get: () => {} }`, /an object without a method `fetch`/],
    ['null', `export default null`, /null/],
    ['only named exports', `export const add = 1, sum = 2`, /missing; it exports add, sum/],
    ['nothing', ``, /missing; it exports nothing/],
    ['imports', `import fs from 'node:fs'; export default () => {}`, /imports "node:fs"/],
    ['a syntax error', `export default (`, /SyntaxError/],
    ['a throw', `function deep() { throw new RangeError('no') } deep()`, /RangeError: no/],
    ['a throw after an await', `await 1; throw new RangeError('no')`, /RangeError: no/],
    ['a thrown string', `throw 'no'`, /it threw no/],
    ['an endless await', `await new Promise(() => {})`, /top-level await is not settled/],
    ['a throwing getter', `export default { get fetch() { throw new RangeError('no') } }`, /RangeError: no/],
  ])('%s', (_name, code, why) => {
    expect(() => start(code)).toThrow(
      expect.objectContaining({ code: 'handler-invalid', why: expect.stringMatching(why) }),
    )
  })

  test('with the frames of the bundle and of nothing else', () => {
    const error = caught(`function deep() {\n  throw new RangeError('no')\n}\ndeep()`)
    expect(error.data).toEqual({ name: 'RangeError', message: 'no', stack: 'at deep (fn:test:2:9)\nat fn:test:4:1' })
    expect(JSON.stringify(error.toWire())).not.toMatch(/packages|node_modules|file:|hither:/)
  })

  test('where loading never ends', () => {
    expect(caught(`for (;;);`).code).toBe('limit-cpu')
  })
})

test('a timer of the module does not outlive its loading', async () => {
  const { fetch, logs } = start(`let ticks = 0; setInterval(() => ticks++, 1)
    export default async () => { await new Promise((ok) => setTimeout(ok, 20)); return new Response(String(ticks)) }`)
  expect((await fetch()).text).toBe('0')
  expect(logs).toEqual([{ level: 'warn', text: expect.stringContaining('timers set while the module loads') }])
})

function caught(code: string): HitherError {
  try {
    start(code)
  } catch (error) {
    if (error instanceof HitherError) return error
    throw error
  }
  throw new Error('it loaded')
}
