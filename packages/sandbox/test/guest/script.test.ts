import { describe, expect, test } from 'vitest'
import { CODE_CACHE_MIN_CHARS } from '../../src/guest/wall/limits.ts'
import { scriptOf } from '../../src/child/guest-script.ts'
import { start } from './start.ts'

const FILL = `var fill = '${'.'.repeat(CODE_CACHE_MIN_CHARS)}'`

/** The same as a bundle that is loaded as a module, being short, and as one that is loaded as a script. */
function ways(code: string): [way: string, bundle: string][] {
  const long = code.replace(/export\{[^}]*\};?\s*$/, (clause) => `\n${FILL};${clause}`)
  expect(scriptOf(long)).toBeDefined()
  return [
    ['a module', code],
    ['a script', long],
  ]
}

const HANDLER = 'export{handler as default};\n'

describe.each(
  ways(`var seen = [typeof this, (() => { try { undeclared = 1 } catch (error) { return error.name } })()]
  var late = await new Promise((go) => setTimeout(go, 1, 'late'))
  seen.push(late, typeof __filename, new Error('x').stack.split('\\n').find((line) => line.includes('fn:')).trim())
  var handler = { fetch: () => Response.json(seen) };${HANDLER}`),
)('as %s', (_, bundle) => {
  test('`this` is undefined, code is strict, awaits are waited for, and stacks tell places in the bundle', async () => {
    const [own, strict, late, file, at] = JSON.parse((await start(bundle).fetch()).text) as string[]
    expect([own, strict, late, file]).toEqual(['undefined', 'ReferenceError', 'late', 'undefined'])
    expect(at).toBe('at fn:test:3:38')
  })
})

describe.each(
  ways(`var add = (a, b) => a + b, hidden = 1;
  class Shop { fetch() { return new Response(typeof hidden) } }
  var shop = new Shop();export{add,add as plus,shop as default,hidden as number};`),
)('as %s', (_, bundle) => {
  test('all that is exported is there', async () => {
    const { fetch } = start(bundle)
    expect((await fetch()).text).toBe('number')
    const none = await fetch({
      headers: [['hither-rpc', 'none']],
      method: 'POST',
      body: new TextEncoder().encode('[]'),
    })
    expect(none.text).toContain('add, plus')
  })
})

test.each(ways(`(() => { globalThis.filled = 1 })();var handler = () => new Response(typeof filled);${HANDLER}`))(
  '%s may begin with what could go on from something before',
  async (_, bundle) => {
    expect((await start(bundle).fetch()).text).toBe('number')
  },
)

test.each(ways(`var handler;Promise.resolve().then(() => (handler = () => new Response('set by then')));${HANDLER}`))(
  'an export of %s is what its variable is when it is read',
  async (_, bundle) => {
    expect((await start(bundle).fetch()).text).toBe('set by then')
  },
)

test.each(ways(`function __hither() { return 'own' }var handler = () => new Response(__hither());${HANDLER}`))(
  'all names are free for %s',
  async (_, bundle) => {
    expect((await start(bundle).fetch()).text).toBe('own')
  },
)

test('what runs where a text ends the body early is bounded as any other, and told as what it is', () => {
  const bundle = `})\n;for(;;);(async()=>{var handler = 1;\n${FILL};${HANDLER}`
  expect(() => start(bundle)).toThrowError(expect.objectContaining({ code: 'limit-cpu' }))
})

test('blank lines take no longer than others', () => {
  const blank = `var handler = 1;${'\n'.repeat(4 * 1024 * 1024)}var end;${HANDLER}${' '.repeat(4 * 1024 * 1024)}`
  expect(scriptOf(blank)).toBeDefined()
  expect(scriptOf(`${blank}x`)).toBeUndefined()
})

test.each([
  ...ways(`throw new RangeError('no');var handler;${HANDLER}`),
  ...ways(`await 0;throw new RangeError('no');var handler;${HANDLER}`),
])('what %s throws while it loads says why it does not', (_, bundle) => {
  expect(() => start(bundle)).toThrowError(
    expect.objectContaining({ code: 'handler-invalid', why: 'it threw RangeError: no' }),
  )
})

test.each(ways(`Promise.reject(new Error('stray'));var handler = { fetch: () => new Response('ok') };${HANDLER}`))(
  'what %s forgets is logged, and the rest answers',
  async (_, bundle) => {
    const { fetch, logs } = start(bundle)
    expect((await fetch()).text).toBe('ok')
    expect(logs.map(({ text }) => text)).toEqual(['unhandled rejection: Error: stray'])
  },
)

test.each(ways(`var handler = 1;await new Promise(() => {});${HANDLER}`))(
  'an await of %s that nobody ends is not waited for',
  (_, bundle) => {
    expect(() => start(bundle)).toThrowError(expect.objectContaining({ code: 'handler-invalid' }))
  },
)

test.each(ways(`var url = import.meta.url, handler = () => new Response(String(url));${HANDLER}`))(
  '%s that only a module can be is one',
  async (_, bundle) => {
    expect((await start(bundle).fetch()).text).toBe('undefined')
  },
)

test.each(ways(`import 'x';var handler;${HANDLER}`))('an import of %s is told', (_, bundle) => {
  expect(() => start(bundle)).toThrowError(expect.objectContaining({ why: expect.stringContaining('imports "x"') }))
})

test.each(ways(`var = 1;${HANDLER}`))('what is wrong with %s is told as of a module', (_, bundle) => {
  expect(() => start(bundle)).toThrowError(expect.objectContaining({ why: expect.stringContaining('SyntaxError') }))
})

test.each([
  ['no clause of exports at its end', 'export default 1'],
  ['a clause that is something else', 'a.export{b}'],
  ['a name of another kind', 'var a;export{a as "b c"};'],
  ['what begins a comment in scripts only', 'var a = b<!--c\nexport{a};'],
  ['what ends one', '/* */ --> a\nexport{a};'],
  ['exports of another module', 'export{a}from"b";'],
])('a bundle with %s is taken for no script', (_, bundle) => {
  expect(scriptOf(bundle)).toBeUndefined()
})
