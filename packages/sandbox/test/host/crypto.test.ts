import { describe, expect, test } from 'vitest'
import { bench, cpuMsOf, failure, handler, makeJob, pidsOf, text, until } from './support.ts'

const SIGNS = handler(
  `const params = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' }
   const { privateKey, publicKey } = await crypto.subtle.generateKey(params, false, ['sign', 'verify'])
   const signature = await crypto.subtle.sign(params, privateKey, new Uint8Array(3))
   return Response.json(await crypto.subtle.verify(params, publicKey, signature, new Uint8Array(3)))`,
)

test.each(['trusted', 'strangers'] as const)('crypto works in the jail of %s', async (profile) => {
  const { runner } = bench({ strangers: true, weakJail: true })
  expect(await text(runner.run(await makeJob(SIGNS, { profile, limits: { memoryMb: 32 } })))).toBe('true')
})

describe('what burns the processor in another thread', () => {
  /** Minutes of it, in one call that nothing in the process can break off. */
  const BURNS = handler(
    `const key = await crypto.subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['deriveBits'])
     const params = { name: 'PBKDF2', salt: new Uint8Array(1), iterations: 2 ** 31 - 1, hash: 'SHA-512' }
     return new Response(await crypto.subtle.deriveBits(params, key, 256))`,
  )

  test('is ended at its limit of processor time', async () => {
    const { runner } = bench()
    const error = await failure(runner.run(await makeJob(BURNS, { limits: { cpuMs: 300 } })))
    expect(error).toMatchObject({ code: 'limit-cpu', data: { metrics: { cpuMs: expect.any(Number) as number } } })
    expect(await text(runner.run(await makeJob(SIGNS)))).toBe('true')
  })

  test('is ended at its deadline, and with it the threads', async () => {
    const on = bench()
    // Of a call that has not begun there would be nothing to end: it has seconds, and a process that is there.
    expect(await text(on.runner.run(await makeJob(SIGNS)))).toBe('true')
    await until(() => on.runner.load().busy === 0)
    const error = await failure(on.runner.run(await makeJob(BURNS, { remainingMs: 5000, limits: { cpuMs: 60_000 } })))
    expect(error).toMatchObject({ code: 'timeout', data: { metrics: { cold: true } } })
    await until(() => on.children.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null))
    expect(await text(on.runner.run(await makeJob(SIGNS)))).toBe('true')
    const [pid = 0] = pidsOf(on)
    const before = cpuMsOf(pid)
    expect(await text(on.runner.run(await makeJob(SIGNS)))).toBe('true')
    // A thread that went on would have taken all that there is.
    expect(cpuMsOf(pid) - before).toBeLessThan(5000)
  })
})

test('Argon2 fills no more than it may', async () => {
  const { runner } = bench()
  const greedy = handler(
    `const params = { name: 'Argon2id', memory: 2 ** 22, passes: 1, parallelism: 1, nonce: new Uint8Array(16) }
     try {
       const key = await crypto.subtle.importKey('raw-secret', new Uint8Array(8), 'Argon2id', false, ['deriveBits'])
       await crypto.subtle.deriveBits(params, key, 256)
     } catch (error) { return new Response(error.name) }`,
  )
  expect(await text(runner.run(await makeJob(greedy)))).toMatch(/^(OperationError|NotSupportedError)$/)
})
