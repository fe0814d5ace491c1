import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { bench, burning, ENDLESS, failure, handler, makeJob, text, until, whole, type Bench } from './support.ts'

const HELLO = handler(`return new Response('hello')`)
const LOOP = handler('for (;;);')
const STOPPED_MS = 500

/** Spins until it did not run for so long, be it for us or for a busy machine. */
function spins(stoppedMs: number): string {
  return handler(
    `console.log('begun'); await new Promise((go) => setTimeout(go))
     for (let last = performance.now(), now = last; ; last = now) {
       now = performance.now()
       if (now - last > ${stoppedMs}) return new Response('well')
     }`,
  )
}

/** A runner whose process is at work: a call that has a second is not late before it begins. */
async function warmed(): Promise<Bench> {
  const on = bench()
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
  return on
}

test('ends an endless loop at its deadline, and goes on', async () => {
  const { runner } = await warmed()
  const error = await failure(runner.run(await makeJob(LOOP, { remainingMs: 1000 })))
  expect(error.code).toBe('timeout')
  expect(error.data).toHaveProperty('metrics.cold', true)
  expect(await text(runner.run(await makeJob(HELLO)))).toBe('hello')
})

test('takes the wall time of the manifest where that is shorter', async () => {
  const { runner } = await warmed()
  const job = await makeJob(handler('await new Promise((go) => setTimeout(go, 60_000))'), { limits: { wallMs: 1000 } })
  expect((await failure(runner.run(job))).code).toBe('timeout')
})

test('ends a loop at its limit of processor time', async () => {
  const { runner } = bench()
  const error = await failure(runner.run(await makeJob(LOOP, { limits: { cpuMs: 200 } })))
  expect(error.code).toBe('limit-cpu')
  expect(await text(runner.run(await makeJob(HELLO)))).toBe('hello')
})

/** Has the process of a call stand still for a while, unless a busy machine had it do so before. */
async function stopped(on: Bench, answer: Promise<unknown>, stoppedMs: number): Promise<void> {
  let over = false
  const ended = (): void => void (over = true)
  void answer.then(ended, ended)
  // What its process burned for the load does not count, nor does the little that follows.
  await until(() => over || on.logs.length > 0)
  const [pid] = await burning(on, 1, 300, () => over)
  if (pid === undefined) return
  process.kill(pid, 'SIGSTOP')
  await pause(stoppedMs)
  process.kill(pid, 'SIGCONT')
}

test('time in which its process does not run is none of its processor time', async () => {
  const on = bench()
  const answer = whole(on.runner.run(await makeJob(spins(STOPPED_MS * 0.6), { limits: ENDLESS })))
  await stopped(on, answer, STOPPED_MS)
  const { metrics } = await answer
  expect(metrics.runMs - metrics.cpuMs).toBeGreaterThan(STOPPED_MS / 2)
})

test('where a part of a core is lent, a call whose process stands still for longer than its limit is not over it', async () => {
  const on = bench({ cores: 0.9 })
  const cpuMs = 2500
  const answer = text(on.runner.run(await makeJob(spins(cpuMs), { limits: { ...ENDLESS, cpuMs } })))
  await stopped(on, answer, 4000)
  expect(await answer).toBe('well')
})

test.each([
  // isolated-vm does not count these in time: its own limits let them take gigabytes.
  ['doubles', 'const a = []; for (;;) a.push(new Array(1000).fill(1.1))'],
  [
    'wasm memory',
    'const a = []; for (;;) new Uint8Array((a[a.length] = new WebAssembly.Memory({ initial: 160 })).buffer).fill(1)',
  ],
  ['objects', 'const a = []; for (;;) a.push({ a: {}, b: [1, 2, 3] })'],
  ['strings', `let s = 'ab'; for (;;) s = (s + s).replaceAll('a', 'ab')`],
])('ends a memory bomb of %s', async (_, bomb) => {
  const { runner } = bench()
  const error = await failure(runner.run(await makeJob(handler(bomb), { limits: { memoryMb: 64, cpuMs: 30_000 } })))
  expect(error.code).toBe('limit-memory')
  expect(await text(runner.run(await makeJob(HELLO)))).toBe('hello')
})

test('a bomb costs neighbours that wait a named error, and nothing of other publishers', async () => {
  const { runner, logs } = bench()
  const waiting = handler(`console.log('begun'); await new Promise((go) => setTimeout(go, 60_000))`)
  const neighbour = failure(runner.run(await makeJob(waiting)))
  await until(() => logs.length === 1)
  const stranger = new AbortController()
  const elsewhere = failure(runner.run(await makeJob(waiting, { cordon: 'another' }), stranger))
  const bomb = handler('const a = []; for (;;) a.push(new Array(1000).fill(1.1))')
  const guilty = await failure(runner.run(await makeJob(bomb, { limits: { memoryMb: 64 } })))
  expect(guilty.code).toBe('limit-memory')
  const innocent = await neighbour
  expect(innocent.code).toBe('sandbox-crashed')
  expect(innocent.why).toContain('neighbour')
  expect(runner.load().busy).toBe(1)
  stranger.abort()
  expect((await elsewhere).code).toBe('cancelled')
})

test('a bundle that never finishes loading is ended like a call', async () => {
  const { runner } = bench()
  const job = await makeJob('for (;;); export default { fetch() {} }', { limits: { cpuMs: 300 }, remainingMs: 20_000 })
  expect(['limit-cpu', 'handler-invalid']).toContain((await failure(runner.run(job))).code)
  expect(await text(runner.run(await makeJob(HELLO)))).toBe('hello')
})

test('refuses a function that may use more memory than is lent', async () => {
  const { runner } = bench({ memoryMb: 256 })
  expect((await failure(runner.run(await makeJob(HELLO, { limits: { memoryMb: 512 } })))).code).toBe('unsupported')
})

test('all functions together use no more memory than is lent', async () => {
  const { runner } = bench({ memoryMb: 320 })
  const giveUp = new AbortController()
  const holds = handler(
    `globalThis.held = new Uint8Array(150_000_000).fill(1); await new Promise((go) => setTimeout(go, 60_000))`,
  )
  const limits = { memoryMb: 256 }
  const calls = ['a', 'b'].map(async (cordon) => failure(runner.run(await makeJob(holds, { cordon, limits }), giveUp)))
  const first = await Promise.race(calls)
  expect(first.code).toBe('sandbox-crashed')
  expect(first.why).toContain('lends')
  expect(runner.load().busy).toBe(1)
  giveUp.abort()
  expect((await Promise.all(calls)).map(({ code }) => code).sort()).toEqual(['cancelled', 'sandbox-crashed'])
})
