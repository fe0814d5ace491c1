import { afterAll, beforeAll, expect, test } from 'vitest'
import { answer, inBothProfiles } from './support/jail.ts'
import { arena, CALM, megabytes, sorted, spread, type Arena } from './support/arena.ts'
import { figure } from './support/report.ts'

const handler = (body: string): string => `export default async (request, env, ctx) => { ${body} }`

/** A module with a memory of its own, which it can grow. */
const WASM = '[0,97,115,109,1,0,0,0,5,3,1,0,1,7,5,1,1,109,2,0]'

const BOMBS: [name: string, body: string][] = [
  ['arrays of doubles', `const all = []; for (;;) all.push(new Array(1000).fill(1.1))`],
  ['objects', `const all = []; for (let i = 0; ; i += 1) all.push({ i, s: 'x' + i })`],
  ['closures', `const all = []; for (let i = 0; ; i += 1) all.push(() => i)`],
  ['a map', `const all = new Map(); for (let i = 0; ; i += 1) all.set(i, { i })`],
  ['a string replaced', `return new Response(String('a'.repeat(256e6).replace(/a/g, 'bb').length))`],
  ['strings joined', `const all = []; for (;;) all.push('ab'.repeat(1e6).split('').join('-'))`],
  ['whole numbers squared', `let b = 2n ** 4096n; for (;;) b = b * b`],
  [
    'a sort with a callback',
    `const all = Array.from({ length: 1e7 }, (_, i) => (i * 7919) % 1e7); for (;;) all.sort((a, b) => b - a)`,
  ],
  [
    'buffers that grow',
    `const all = []; for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 1e9 })
    for (let i = 1; i <= 60; i += 1) { b.resize(i * 16e6); new Uint8Array(b, (i - 1) * 16e6).fill(1) } all.push(b) }`,
  ],
  ['typed arrays thrown away', `for (;;) new Uint8Array(1e6).fill(1)`],
  [
    'deep copies',
    `const one = Array.from({ length: 1e5 }, (_, i) => ({ i })), all = []; for (;;) all.push(structuredClone(one))`,
  ],
  ['blobs of blobs', `let all = new Blob(['x'.repeat(1e6)]); for (;;) all = new Blob([all, all])`],
  [
    'a stream that nobody reads',
    `let to; new ReadableStream({ start(c) { to = c } }); for (;;) to.enqueue(new Uint8Array(65536))`,
  ],
  ['JSON of many lists', `const text = '[' + '[],'.repeat(3e6) + '[]]'; for (;;) JSON.parse(text)`],
  ['rejections that nobody handles', `for (let i = 0; ; i += 1) Promise.reject(new Error('x' + i))`],
]

const WASM_BOMBS: [name: string, body: string][] = [
  [
    'memories',
    `const all = []; for (;;) { const m = new WebAssembly.Memory({ initial: 160 }); new Uint8Array(m.buffer).fill(1); all.push(m) }`,
  ],
  [
    'one that grows',
    `const { instance } = await WebAssembly.instantiate(new Uint8Array(${WASM})); const { m } = instance.exports
    for (;;) { m.grow(16); new Uint8Array(m.buffer, m.buffer.byteLength - 1048576).fill(1) }`,
  ],
  ['tables', `const all = []; for (;;) all.push(new WebAssembly.Table({ initial: 1e6, element: 'anyfunc' }))`],
]

/** How a bomb may end: by name, or by an error that the handler itself is thrown. */
const ENDS = ['limit-memory', 'limit-cpu', 'handler-failed']

inBothProfiles((profile) => {
  let on: Arena
  const bystander: number[] = []
  beforeAll(async () => {
    on = await arena(profile)
    return () => on.close()
  })
  afterAll(() => {
    figure('B02', `${profile}: the bystander, usually`, spread(on.usual))
    figure('B02', `${profile}: the bystander meanwhile`, spread(sorted(bystander)))
    figure('B02', `${profile}: a process’s end after its signal`, spread(sorted(on.killMs)))
  })

  /** Gives how it ended. */
  async function explode(name: string, body: string): Promise<string> {
    // Time to fill memory in, however slow the machine.
    const {
      outcome,
      ms,
      peakBytes,
      boundBytes,
      bystander: took,
    } = await on.blast(await on.job(handler(body), { limits: { cpuMs: 1500, wallMs: 30_000 } }))
    expect(peakBytes).toBeLessThan(boundBytes)
    expect(await answer(on.runner, await on.job(handler(`return new Response('well')`), { limits: CALM }))).toBe('well')
    bystander.push(...took)
    figure('B02', `${profile}: ${name}`, `${outcome} after ${ms.toFixed(0)} ms, peak ${megabytes(peakBytes)}`)
    return outcome
  }

  test.each(BOMBS)('B02: %s fill no more than the limit and what the watchdog leaves', async (name, body) => {
    expect(ENDS).toContain(await explode(name, body))
  })

  test.runIf(profile === 'trusted').each(WASM_BOMBS)('B02: WebAssembly, %s: as all else', async (name, body) => {
    expect(ENDS).toContain(await explode(`WebAssembly, ${name}`, body))
  })

  test.runIf(profile === 'strangers')('B02: strangers have no WebAssembly', async () => {
    expect(await explode('WebAssembly', `new WebAssembly.Memory({ initial: 1 })`)).toBe('handler-failed')
  })
})
