import { expect, test } from 'vitest'
import { inBothProfiles } from './support/jail.ts'
import { observed, outcomeOf } from './support/observed.ts'
import { figure } from './support/report.ts'

/** What would tell of this machine: files, folders, and the code around the isolate. */
const TELLING =
  /file:|node:|node_modules|\/(home|root|tmp|usr|work|packages|proc|etc)\/|isolated-vm boundary|guest-[a-z]+\.[jt]s/

/** Errors of all the ways into the process: at each depth of the stack, and from what it refuses. */
const COLLECT = `
const texts = []
const keep = (error) => { for (let e = error, i = 0; e && i < 5; e = e.cause, i++) texts.push(String(e.name), String(e.message), String(e.stack)) }
const attempts = [() => new URL('x'), () => new Response('', { status: 1 }), () => btoa('ä€'), () => structuredClone(() => {}),
  () => crypto.getRandomValues(new Uint8Array(1e6)), () => new Request('/'), () => setTimeout('x'), () => fetch('http://x/'), () => import('a-module'),
  () => new TextDecoder('nope'), () => AbortSignal.any(1), () => new ReadableStream(1), () => new FormData(1), () => eval('1'), () => Function('1')(),
  () => new Response(new ReadableStream({ pull() { throw new Error('pull') } })).text(), () => Response.error().clone().json(), () => AbortSignal.abort().throwIfAborted(),
  () => { for (;;) setTimeout(() => {}, 1e6) }]
const calls = [() => clearTimeout(setTimeout(() => {}, 1)), () => crypto.getRandomValues(new Uint8Array(4096)), () => console.log('x'), () => console.trace('x'),
  () => queueMicrotask(() => {}), () => structuredClone({ a: 1 }), () => new Response('x'), () => new URL('http://x/')]
function down() { for (const call of calls) try { call() } catch (error) { texts.push(String(error?.stack)) } down() }
export default async (request, env, ctx) => {
  for (const attempt of attempts) try { await attempt() } catch (error) { keep(error) }
  try { down() } catch (error) { keep(error) }
  Error.prepareStackTrace = (error, sites) => sites.map((site) => site.getFileName() + site.getEvalOrigin() + site.getFunction() + site.getThis()).join()
  for (const attempt of attempts) try { await attempt() } catch (error) { keep(error) }
  Error.prepareStackTrace = undefined
  return Response.json(texts)
}`

/** Functions that fail: to load, in a call, beside one. */
const FAILS = [
  'export default (',
  `import 'a-module'; export default 1`,
  `throw new Error('loading')`,
  'export default 1',
  `await new Promise(() => {}); export default () => {}`,
  `export default () => { throw new Error('x', { cause: new TypeError('y') }) }`,
  `export default () => { throw Object.assign(new Error('x'), { stack: 7 }) }`,
  `export default () => ({})`,
  `function f() { f() } export default () => f()`,
  `function f() { try { crypto.getRandomValues(new Uint8Array(4096)) } finally { f() } } export default () => f()`,
  `export default () => { Promise.reject(new Error('forgotten')); Promise.reject(Symbol()); return new Response('x') }`,
  `export default () => new Response(new ReadableStream({ pull() { throw new Error('pull') } }))`,
  `export default () => new Response(new ReadableStream({ pull(c) { c.enqueue(7) } }))`,
  `Array.prototype.join = () => () => {}; export default () => new Response('x', { headers: { a: 'b' } })`,
  `Map.prototype.get = () => ({ id: { valueOf: 1, toString: 1 } }); export default () => new Promise((ok) => setTimeout(() => ok(new Response('x')), 1))`,
  `String.prototype.slice = () => Symbol(); export default () => { throw new Error('x') }`,
]

inBothProfiles((profile) => {
  test('A05: no error tells of the process behind it: not the function, its caller nor the log', async () => {
    const { runner, logs } = await observed()
    const seen: string[] = []
    const inside = await outcomeOf(runner, COLLECT, { profile, limits: { cpuMs: 20_000 } })
    const texts = JSON.parse(inside.text) as string[]
    expect(texts.length).toBeGreaterThan(100)
    seen.push(...texts)
    for (const text of FAILS) seen.push((await outcomeOf(runner, text, { profile, limits: { wallMs: 3000 } })).told)
    const rpc = { method: 'POST', url: 'http://hostile.test/', headers: [['hither-rpc', 'f']] as [string, string][] }
    const methods = `function down() { try { crypto.getRandomValues(new Uint8Array(4096)) } finally { down() } } export const f = () => down()`
    for (const body of ['[[]]', 'x', '[[1],[1]]', '[['.repeat(5000)]) {
      seen.push(
        (await outcomeOf(runner, methods, { profile, request: rpc, body: new TextEncoder().encode(body) })).told,
      )
    }
    seen.push(...logs.map(({ text }) => text))
    expect(seen.filter((text) => TELLING.test(text))).toEqual([])
    figure(
      'A05',
      `${profile}: texts of errors read, inside and outside; of these with a path of the machine`,
      `${seen.length}, 0`,
    )
  })
})
