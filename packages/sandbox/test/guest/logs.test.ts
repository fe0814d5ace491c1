import { describe, expect, test } from 'vitest'
import { start, startHandler } from './start.ts'

async function logged(body: string): Promise<{ level: string; text: string }[]> {
  const { fetch, logs } = startHandler(`${body}; return new Response()`)
  await fetch()
  return logs
}

describe('the console', () => {
  test('has a level for each method', async () => {
    const logs = await logged(`for (const level of ['log', 'info', 'debug', 'warn', 'error']) console[level](level)`)
    expect(logs.map(({ level, text }) => `${level} ${text}`)).toEqual([
      'info log',
      'info info',
      'debug debug',
      'warn warn',
      'error error',
    ])
  })

  test.each([
    [`'a', 1, null, undefined, true, 3n, Symbol('s')`, 'a 1 null undefined true 3n Symbol(s)'],
    [`{ a: 1, b: ['x', { c: new Date(0) }] }`, `{ a: 1, b: [ 'x', { c: 1970-01-01T00:00:00.000Z } ] }`],
    [`new Map([[{ a: 1 }, new Set([1])]]), /x/g`, `Map(1) { { a: 1 } => Set(1) { 1 } } /x/g`],
    [`new Uint8Array(3), new ArrayBuffer(2)`, 'Uint8Array(3) [ 0, 0, 0 ] ArrayBuffer { byteLength: 2 }'],
    [
      `class A { x = 1 }, new (class B { y = 2 })(), function f() {}, () => {}`,
      '[class: A] B { y: 2 } [Function: f] [Function (anonymous)]',
    ],
    [`'%s is %d of %i, %o%%', 'x', 1.5, 2.7, { a: 1 }, 'rest'`, 'x is 1 of 2, { a: 1 }% rest'],
    [`{ get a() { throw 1 } }`, '{ a: [Getter] }'],
    [`(() => { const o = {}; o.o = o; return o })()`, '{ o: [Circular] }'],
    [`new Proxy({}, { ownKeys() { throw 1 } })`, '[object]'],
    [`Object.create(null)`, '[Object: null prototype] {}'],
  ])('prints %s', async (args, text) => {
    expect(await logged(`console.log(${args})`)).toEqual([{ level: 'info', text }])
  })

  test('prints errors with the frames of the bundle', async () => {
    const [line] = await logged(`console.error(new TypeError('no', { cause: new Error('why') }))`)
    expect(line?.text).toMatch(/^TypeError: no\n\s+at .*fn:test:1:\d+\)?\n\s+\[cause\]: \[Error: why\]$/)
  })

  test('asserts, counts, groups, tables, times and traces', async () => {
    const logs = await logged(`console.assert(true, 'no'); console.assert(false, 'yes')
      console.count(); console.count('x'); console.count()
      console.group('in'); console.log('a\\nb'); console.groupEnd(); console.log('out')
      console.table([{ a: 1, b: 'x' }, { a: 22 }]); console.dir({ a: 1 })
      console.time('t'); console.timeEnd('t'); console.timeEnd('t')
      console.trace('here')`)
    expect(logs.map(({ text }) => text)).toEqual([
      'Assertion failed: yes',
      'default: 1',
      'x: 1',
      'default: 2',
      'in',
      '  a\n  b',
      'out',
      '(index)  a   b\n0        1   x\n1        22',
      '{ a: 1 }',
      expect.stringMatching(/^t: \d+ ms$/),
      'no timer "t"',
      expect.stringMatching(/^Trace: here\n\s+at .*fn:test:/),
    ])
  })
})

describe('a flood of logs', () => {
  test('is cut off for the call that makes it, and for no other', async () => {
    const { fetch, logs } = startHandler(`for (let i = 0; i < 5000; i++) console.log(i); return new Response('ok')`)
    await fetch()
    expect(logs.length).toBeLessThan(600)
    expect(logs.at(-1)).toEqual({ level: 'warn', text: expect.stringContaining('… truncated') })
    const before = logs.length
    await fetch()
    expect(logs.length).toBe(before * 2)
  })

  test('of long lines is cut off too', async () => {
    const logs = await logged(`for (let i = 0; i < 500; i++) console.log('x'.repeat(1e6))`)
    expect(logs.reduce((chars, { text }) => chars + text.length, 0)).toBeLessThan(80_000)
    expect(logs[0]?.text).toMatch(/x … truncated$/)
  })

  test('of vast objects costs no time', async () => {
    const logs =
      await logged(`let deep = {}; for (let i = 0; i < 1000; i++) deep = { deep, wide: Array(1000).fill(deep) }
      console.log(deep)`)
    expect(logs[0]?.text.length).toBeLessThan(40_000)
  })
})

/** isolated-vm knows rejected promises weakly: one that is collected first goes unreported. So these are kept. */
const FORGET = `globalThis.kept = []; const forget = (reason) => { kept.push(Promise.reject(reason)) };`

describe('a forgotten rejection', () => {
  test('is logged, and the call’s answer stands', async () => {
    const { fetch, logs } = startHandler(`${FORGET} forget(new Error('forgotten')); return new Response('ok')`)
    expect((await fetch()).text).toBe('ok')
    expect(logs).toEqual([
      { level: 'error', text: expect.stringMatching(/^unhandled rejection: Error: forgotten at .*fn:test/) },
    ])
  })

  test('of one request never fails another', async () => {
    const { fetch, logs } = start(`${FORGET} export default async (request) => {
      const n = Number(new URL(request.url).pathname.slice(1))
      if (n % 2 === 0) { setTimeout(() => forget(new Error('forgotten ' + n)), 1); await new Promise((ok) => setTimeout(ok, 3)) }
      else await new Promise((ok) => setTimeout(ok, n % 5))
      return new Response(String(n)) }`)
    const texts = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => (await fetch({ url: `http://fn.localhost/${n}` })).text),
    )
    expect(texts).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
    expect(logs).toHaveLength(50)
  })

  test('cannot pass for a limit', async () => {
    const { fetch, guest, logs } = startHandler(
      `${FORGET} forget(new Error('Script execution timed out.')); return new Response('ok')`,
    )
    expect((await fetch()).text).toBe('ok')
    expect(guest.usable).toBe(true)
    expect(logs).toHaveLength(1)
  })

  test('that is no error is logged as well', async () => {
    const { fetch, logs } = startHandler(`${FORGET} forget(3); return new Response('ok')`)
    await fetch()
    expect(logs).toEqual([{ level: 'error', text: 'unhandled rejection: 3' }])
  })
})
