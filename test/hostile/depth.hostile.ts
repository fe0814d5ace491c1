import { expect, test } from 'vitest'
import { hostileJob, inBothProfiles } from './support/jail.ts'
import { NEIGHBOUR, observed, outcome, outcomeOf, settled } from './support/observed.ts'
import { figure } from './support/report.ts'

/** Two hundred thousand levels. */
const DEEP = `
const deepArray = () => { let v = []; for (let i = 0; i < 2e5; i++) v = [v]; return v }
const deepObject = () => { let v = {}; for (let i = 0; i < 2e5; i++) v = { v }; return v }
const deepMap = () => { let v = new Map(); for (let i = 0; i < 2e5; i++) v = new Map([[v, v]]); return v }
const deepCause = () => { let v = new Error('e'); for (let i = 0; i < 2e4; i++) v = new Error('e', { cause: v }); return v }
const deepProxy = () => { let v = {}; for (let i = 0; i < 2e5; i++) v = new Proxy(v, {}); return v }
const cycle = () => { const v = { list: [] }; v.list.push(v, v.list); return v }
const wide = () => Array.from({ length: 1e4 }, (_, i) => ({ i }))
const attempt = (act) => { try { act(); return 'ok' } catch (error) { return error.name } }
`

const MAKERS = ['deepArray', 'deepObject', 'deepMap', 'deepCause', 'deepProxy', 'cycle', 'wide']

/** Within the function's own limits it may take long or much; its end has a name. */
const ENDS = [
  '',
  'handler-failed',
  'handler-bad-response',
  'result-too-large',
  'limit-cpu',
  'limit-memory',
  'timeout',
  'sandbox-crashed',
]
const LIMITS = { cpuMs: 800, wallMs: 4000, memoryMb: 64, bodyBytes: 1 << 20 }

/** Regular expressions, and texts of half a gigabyte, wherever the runtime takes one. */
const VAST = [
  ['a pattern that backtracks without end', `/^(a+)+$/.test('a'.repeat(40) + 'b')`],
  ['one of megabytes', `new RegExp('(' + 'a|'.repeat(1e6) + 'b)').test('c'.repeat(100))`],
  ['one that nests', `new RegExp('('.repeat(2e5) + ')'.repeat(2e5)).test('')`],
  ['one with vast counts', `new RegExp('((a{1,1000}){1,1000}){1,1000}').test('a'.repeat(1e5))`],
  ['a replacement of a vast text', `'a'.repeat(1 << 28).replace(/a/g, 'bb').length`],
  ['a match of a vast text', `'ab'.repeat(1 << 26).match(/a/g).length`],
  ['a text of 500 MB as answer', `new Response('x'.repeat(5e8)).status`],
  ['a text of 500 MB in the log', `console.log('x'.repeat(5e8), { a: 'y'.repeat(5e8) })`],
  ['a text of 500 MB thrown', `(() => { throw new Error('x'.repeat(5e8)) })()`],
  [
    'a text of 500 MB forgotten',
    `(() => { const e = new Error('x'.repeat(5e8)); e.stack = 'y'.repeat(5e8); Promise.reject(e) })()`,
  ],
  ['a text of 500 MB as header', `new Headers({ a: 'x'.repeat(5e8) })`],
  ['a text of 500 MB copied', `structuredClone({ a: 'x'.repeat(5e8).split('') })`],
] as const

inBothProfiles((profile) => {
  test('DEPTH: deep, cyclic and wide values, wherever they are copied or shown, are an error by name', async () => {
    const { runner, logs } = await observed()
    const text = `${DEEP}
      export default () => {
        const acts = { clone: structuredClone, json: JSON.stringify, log: console.log, table: console.table, dir: console.dir, header: (v) => new Headers({ a: v }), body: (v) => new Response(v), json2: Response.json, reason: (v) => AbortSignal.abort(v) }
        const found = {}
        for (const make of [${MAKERS.join()}]) for (const name of Object.keys(acts)) { const v = make(); found[make.name + ' ' + name] = attempt(() => acts[name](v)) }
        found.parse = attempt(() => JSON.parse('['.repeat(2e5) + ']'.repeat(2e5)))
        return Response.json(found)
      }`
    const answer = await outcomeOf(runner, text, { profile, limits: { cpuMs: 20_000, memoryMb: 256 } })
    expect(answer.told).toContain('clone')
    const found = JSON.parse(answer.text) as Record<string, string>
    const names = new Set(Object.values(found))
    expect(
      [...names].filter((name) => !['ok', 'RangeError', 'TypeError', 'DataCloneError', 'Error'].includes(name)),
    ).toEqual([])
    expect(found['deepArray clone']).toMatch(/RangeError|DataCloneError/)
    for (const line of logs) expect(line.text.length).toBeLessThan(20_000)
    figure(
      'DEPTH',
      `${profile}: copies and views of deep values; their ends`,
      `${Object.keys(found).length}: ${[...names].join(', ')}`,
    )
  })

  test('DEPTH: deep arguments and results of a call by name end by name, and the next is right', async () => {
    const { runner } = await observed()
    const text = `${DEEP} export const give = (name) => ({ ${MAKERS.join()} })[name]()
      export const fail = (name) => { throw ({ ${MAKERS.join()} })[name]() }
      export const take = (v) => typeof v
      export const add = (a, b) => a + b`
    const call = async (name: string, body: string): ReturnType<typeof outcome> => {
      const request = {
        method: 'POST',
        url: 'http://hostile.test/',
        headers: [['hither-rpc', name]] as [string, string][],
      }
      return outcome(
        runner,
        await hostileJob(text, { profile, request, body: new TextEncoder().encode(body), limits: LIMITS }),
      )
    }
    const nested = Array.from({ length: 100_000 }, (_, i) => `[${i + 1}]`).join()
    const ends: string[] = []
    for (const [name, body] of [
      ...MAKERS.flatMap(
        (maker) =>
          [
            ['give', `[[1],"${maker}"]`],
            ['fail', `[[1],"${maker}"]`],
          ] as const,
      ),
      ['take', `[${nested},[]]`],
      ['take', '['.repeat(200_000) + ']'.repeat(200_000)],
      ['take', '[[1],[-7,99999999]]'],
      ['take', '[[1],{"__proto__":2},{"polluted":3},1]'],
      ['take', 'null'],
    ] as const) {
      const { code, status } = await call(name, body)
      expect(ENDS).toContain(code)
      ends.push(code || String(status))
      expect((await call('add', '[[1,2],1,2]')).text).toBe('[3]')
    }
    figure(
      'DEPTH',
      `${profile}: deep arguments and results; how they ended`,
      `${ends.length}: ${[...new Set(ends)].join(', ')}`,
    )
  })

  test('DEPTH: vast patterns and texts end by name, and a neighbour answers', async () => {
    const { runner } = await observed()
    for (const [what, code] of VAST) {
      const text = `export default () => { const done = ${code}; return new Response(String(done)) }`
      const init = { profile, limits: LIMITS }
      const at = performance.now()
      const got = await outcomeOf(runner, text, init)
      const tookMs = performance.now() - at
      expect(ENDS).toContain(got.code)
      expect((await outcomeOf(runner, NEIGHBOUR, { profile })).text).toMatch(/^well/)
      figure('DEPTH', `${profile}: ${what}`, `${got.code || 'answered'} after ${Math.round(tookMs)} ms`)
    }
    await settled(runner)
  })
})
