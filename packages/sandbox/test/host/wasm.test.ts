import { expect, test } from 'vitest'
import { bench, failure, handler, makeJob, text } from './support.ts'

/** Exports `add` for two i32, `spin`, which never returns, and a memory that may grow without bound. */
const MODULE = [
  '0061736d01000000',
  '010a0260027f7f017f600000', // types
  '0303020001', // functions
  '0503010001', // memory
  '071703036164640000047370696e0001066d656d6f72790200', // exports
  '0a11020700200020016a0b070003400c000b0b', // code
].join('')

const BYTES = Buffer.from(MODULE, 'hex').toJSON().data.join()

/** A bundle as it is made of a handler that imports a .wasm file. */
const bundle = (body: string): string =>
  `const module = new WebAssembly.Module(Uint8Array.of(${BYTES}))
   const { add, spin, memory } = new WebAssembly.Instance(module).exports
   ${handler(body)}`

const needs = ['wasm' as const]

test('runs a function of a WebAssembly module', async () => {
  const { runner } = bench()
  const job = await makeJob(bundle('return Response.json([add(40, 2), module instanceof WebAssembly.Module])'), {
    needs,
  })
  expect(await text(runner.run(job))).toBe('[42,true]')
})

test('ends one that never returns at its limit of processor time, and goes on', async () => {
  const { runner } = bench()
  const job = await makeJob(bundle('spin()'), { needs, limits: { cpuMs: 200 } })
  expect((await failure(runner.run(job))).code).toBe('limit-cpu')
  expect(await text(runner.run(await makeJob(bundle('return new Response(add(1, 1))'), { needs })))).toBe('2')
})

test('ends one that takes more memory than it may', async () => {
  const { runner } = bench()
  const grow =
    'for (;;) { const from = memory.buffer.byteLength; memory.grow(160); new Uint8Array(memory.buffer).fill(1, from) }'
  const job = await makeJob(bundle(grow), { needs, limits: { memoryMb: 64, cpuMs: 30_000 } })
  expect((await failure(runner.run(job))).code).toBe('limit-memory')
})
