import { afterAll, beforeAll, expect, test } from 'vitest'
import { answer, inBothProfiles } from './support/jail.ts'
import { arena, CALM, sorted, spread, type Arena } from './support/arena.ts'
import { settled } from './support/observed.ts'
import { figure } from './support/report.ts'

/** A bomb in an async handler, which answers in peace where nobody asks for it. */
const bomb = (body: string): string => `export default async (request, env, ctx) => {
  if (!request.url.endsWith('bomb')) return new Response('well')
  ${body}
}`

const LOOPS: [name: string, body: string][] = [
  ['a loop', `for (;;);`],
  ['a regular expression that tries everything', `return new Response(/^(a+)+$/.test('a'.repeat(64) + 'b'))`],
  ['microtasks without end', `for (;;) await null`],
  ['a chain of promises', `let p = Promise.resolve(); for (;;) p = p.then(() => 1)`],
  ['a generator without end', `function* all() { for (;;) yield 1 } for (const one of all());`],
  ['a loop in a timer', `setTimeout(() => { for (;;); }, 1); await new Promise(() => {})`],
  ['a loop in an interval after a wait', `setInterval(() => { for (;;); }, 5); await new Promise(() => {})`],
  [
    'a loop where its answer’s body is made',
    `return new Response(new ReadableStream({ pull() { for (;;); } }, { highWaterMark: 0 }))`,
  ],
  [
    'a loop in a listener of the abort',
    `request.signal.onabort = () => { for (;;); }; await new Promise((ok) => setTimeout(ok, 60_000))`,
  ],
]

const AT_BOMB = { method: 'GET', url: 'http://hostile.test/bomb', headers: [] }
const WALL_MS = 300

inBothProfiles((profile) => {
  let on: Arena
  const late: number[] = []
  const bystander: number[] = []
  beforeAll(async () => {
    on = await arena(profile)
    return () => on.close()
  })
  afterAll(() => {
    figure('B01', `${profile}: loops, beyond their deadline of ${WALL_MS} ms`, spread(sorted(late)))
    figure('B01', `${profile}: the bystander, usually`, spread(on.usual))
    figure('B01', `${profile}: the bystander meanwhile`, spread(sorted(bystander)))
    figure('B01', `${profile}: a process’s end after its signal`, spread(sorted(on.killMs)))
  })

  test.each(LOOPS)(
    'B01: %s ends at the deadline, and the next call of the function is answered',
    async (_name, body) => {
      const job = await on.job(bomb(body), { limits: { cpuMs: 60_000, wallMs: WALL_MS } })
      const calm = { ...job, manifest: { ...job.manifest, limits: { ...job.manifest.limits, wallMs: 10_000 } } }
      expect(await answer(on.runner, calm)).toBe('well')
      const blast = await on.blast({ ...job, request: AT_BOMB })
      // Promises pile up: that may end first.
      expect(['timeout', 'limit-memory']).toContain(blast.outcome)
      expect(await answer(on.runner, calm)).toBe('well')
      if (blast.outcome === 'timeout') late.push(blast.ms - WALL_MS)
      bystander.push(...blast.bystander)
    },
  )

  test('B01: again and again, it ends at the deadline', async () => {
    const job = await on.job(bomb(`for (;;);`), { limits: { cpuMs: 60_000, wallMs: WALL_MS } })
    const calm = { ...job, manifest: { ...job.manifest, limits: { ...job.manifest.limits, wallMs: 10_000 } } }
    for (let i = 0; i < 10; i += 1) {
      expect(await answer(on.runner, calm)).toBe('well')
      const { outcome, ms } = await on.blast({ ...job, request: AT_BOMB })
      expect(outcome).toBe('timeout')
      late.push(ms - WALL_MS)
    }
  })

  test('B01: a loop ends at its limit of processor time long before its deadline', async () => {
    const job = await on.job(bomb(`for (;;);`))
    const calm = await on.job(bomb(`for (;;);`), { limits: CALM })
    expect(await answer(on.runner, calm)).toBe('well')
    const { outcome, ms } = await on.blast({ ...job, request: AT_BOMB })
    expect(outcome).toBe('limit-cpu')
    expect(await answer(on.runner, calm)).toBe('well')
    figure('B01', `${profile}: a loop of ${job.manifest.limits.cpuMs} ms of processor time took`, `${ms.toFixed(0)} ms`)
  })

  test('B01: a bundle that never ends loading is ended, and its publisher is served', async () => {
    const job = await on.job(`for (;;); export default () => new Response()`, { limits: { wallMs: WALL_MS } })
    // Where it had to wait for what was before, it would be refused in time for another runner.
    await settled(on.runner)
    expect((await on.blast(job)).outcome).toBe('timeout')
    expect(await answer(on.runner, await on.job(bomb(''), { limits: CALM }))).toBe('well')
  })

  test('B01: there is nothing to wait with that no timer ends', async () => {
    const job = await on.job(bomb(`Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`), { limits: CALM })
    expect((await on.blast({ ...job, request: AT_BOMB })).outcome).toBe('handler-failed')
    expect(await answer(on.runner, job)).toBe('well')
  })
})
