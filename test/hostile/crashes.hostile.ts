import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { answer, inBothProfiles } from './support/jail.ts'
import { arena, CALM, sorted, spread, type Arena } from './support/arena.ts'
import { figure } from './support/report.ts'

const handler = (body: string): string => `export default async (request) => { ${body} }`

inBothProfiles((profile) => {
  let on: Arena
  beforeAll(async () => {
    on = await arena(profile)
    return () => on.close()
  })

  test('B06: where V8 loses control, the process goes by SIGKILL, and its publisher is served by another', async () => {
    const before = on.pids().length
    for (let i = 0; i < 3; i += 1) {
      // A map that outgrows its isolate is what V8 cannot go back from; at times its timer comes first.
      const job = await on.job(handler(`const all = new Map(); for (let i = 0; ; i += 1) all.set(i, { i })`), {
        limits: { cpuMs: 20_000, wallMs: 60_000 },
      })
      const { outcome, ms } = await on.blast(job)
      expect(outcome).toBe('limit-memory')
      expect(await answer(on.runner, await on.job(handler(`return new Response('well')`), { limits: CALM }))).toBe(
        'well',
      )
      figure('B06', `${profile}: a map until its process is gone`, `${ms.toFixed(0)} ms`)
    }
    // That of the publisher itself is there now, and the spares.
    expect(on.pids().length).toBeLessThanOrEqual(before + 2)
    figure('B06', `${profile}: a process’s end after its signal`, spread(sorted(on.killMs)))
  })

  test('B06: innocent calls in a process that goes learn it by a name that lets them be repeated, the guilty one its own', async () => {
    const waits = on.runner.run(
      await on.job(handler(`await new Promise((ok) => setTimeout(ok, 60_000))`), {
        limits: { ...CALM, wallMs: 120_000 },
      }),
    )
    const innocent = waits.then(
      () => undefined,
      (error: { code: string; retry: string }) => error,
    )
    const bomb = await on.job(
      handler(`await new Promise((ok) => setTimeout(ok, 100)); const all = []; for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 1e9 })
      for (let i = 1; i <= 60; i += 1) { b.resize(i * 16e6); new Uint8Array(b, (i - 1) * 16e6).fill(1) } all.push(b) }`),
      { limits: { cpuMs: 20_000 } },
    )
    expect((await on.blast(bomb)).outcome).toBe('limit-memory')
    expect(await innocent).toMatchObject({ code: 'sandbox-crashed', retry: 'repeatable' })
  })
})

test('B06: nothing in a sandbox process ends it but a signal', () => {
  const src = fileURLToPath(new URL('../../packages/sandbox/src', import.meta.url))
  const guilty = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .filter((path) => /process\.(exit|abort)\(/.test(readFileSync(`${src}/${path}`, 'utf8')))
  expect(guilty).toEqual([])
})
