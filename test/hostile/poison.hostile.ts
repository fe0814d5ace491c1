import type { Job, Runner } from '@hither/core'
import { expect, test } from 'vitest'
import { hostileJob, inBothProfiles } from './support/jail.ts'
import { INTRINSICS } from './support/intrinsics.ts'
import { NEIGHBOUR, observed, outcome, outcomeOf, settled } from './support/observed.ts'
import { figure } from './support/report.ts'

/** How a call may end that ran in a world of its own making. */
const NAMED = [
  '',
  'handler-failed',
  'handler-bad-response',
  'handler-invalid',
  'bad-message',
  'result-too-large',
  'timeout',
  'limit-cpu',
  'limit-memory',
  'sandbox-crashed',
]

/** Small, so that what hangs or floods is soon over. */
const LIMITS = { cpuMs: 250, wallMs: 1000, bodyBytes: 64 * 1024 }

/** What stands in for a function: it throws, gives nothing, something of the wrong kind, a lot, an endless iterator, or a promise of nothing. */
const MODES = `[
  () => { throw new Error('broken') },
  () => undefined,
  () => ({ then: 1, done: 0, length: -1, value: Symbol() }),
  () => 'x\\n'.repeat(1e6),
  () => ({ next: () => ({ done: false, value: ['a', 'b'] }), [Symbol.iterator]() { return this }, [Symbol.asyncIterator]() { return this } }),
  () => ({ then() {} }),
]`

/** Uses as much of the runtime as a few calls can. */
const USE = `
const R = Response, S = ReadableStream, T = setTimeout, B = Uint8Array, P = Promise
async function use(request, ctx) {
  for (let i = 0; i < 3; i++) console.log('a line', { a: [1, new Map([[1, 2]])] }, new Error('e'))
  ctx.waitUntil(new P((ok) => T(ok, 1)))
  await new P((ok) => T(ok, 1))
  request.signal.addEventListener('abort', () => {})
  const text = await request.text()
  const id = crypto.randomUUID() + structuredClone({ id: new URL(request.url).pathname }).id
  if (text === '') return new R(text + id, { headers: { a: 'b', 'set-cookie': 'c' } })
  return new R(new S({ pull(c) { c.enqueue(new B([111, 107])); c.close() } }), { status: 201 })
}
export const add = (a, b) => a + b`

/** Poisons a slot while it loads, or the one that a call's query names, until the next such call. */
function poisoned(atLoad: string): string {
  return `${INTRINSICS}
    const MODES = ${MODES}
    ${USE}
    let undo = () => {}
    const poison = (at, mode) => {
      const { holder, key } = slots[at], found = getOwnPropertyDescriptor(holder, key)
      undo = () => defineProperty(holder, key, found)
      replace(slots[at], () => MODES[mode])
    }
    ${atLoad}
    export default async (request, env, ctx) => {
      const query = /at=(\\d+)&mode=(\\d)/
      if (request.url.includes('at=')) { undo(); const [, at, mode] = query.exec(request.url); poison(at, mode) }
      return use(request, ctx)
    }`
}

interface Tally {
  calls: number
  codes: Record<string, number>
}

/** Calls the function in each way there is. True where each answered rightly. */
async function suffer(runner: Runner, text: string, query: string, init: object, tally: Tally): Promise<boolean> {
  const job = await hostileJob(text, { ...init, limits: LIMITS })
  const url = `http://hostile.test/${query}`
  const post = { ...job.request, method: 'POST' }
  const rpc = { ...post, headers: [['hither-rpc', 'add']] as [string, string][] }
  let right = true
  for (const [want, more] of [
    ['/', { request: { ...job.request, url } }],
    ['ok', { request: post, body: new TextEncoder().encode('text') }],
    ['[3]', { request: rpc, body: new TextEncoder().encode('[[1,2],1,2]') }],
  ] as const) {
    const { code, text: got } = await outcome(runner, { ...job, ...more })
    expect(NAMED).toContain(code)
    right &&= code === '' && got.endsWith(want)
    tally.calls += 1
    tally.codes[code] = (tally.codes[code] ?? 0) + 1
  }
  return right
}

/** Each in a process of its own. */
const LANES = 2

inBothProfiles((profile) => {
  test('poison: each function of the language and the web, replaced one at a time, hurts nobody else', async () => {
    const { runner } = await observed()
    // The profiles meet other ways of it.
    const first = profile === 'trusted' ? 0 : 3
    const { text: count } = await outcomeOf(runner, `${INTRINSICS} export default () => new Response(slots.length)`, {
      profile,
    })
    expect(Number(count)).toBeGreaterThan(900)
    const tally: Tally = { calls: 0, codes: {} }
    const neighbours = new Set<string>()
    const meet = async (neighbour: Job): Promise<void> => {
      const { text } = await outcome(runner, neighbour)
      expect(text).toMatch(/^well /)
      neighbours.add(text)
    }
    let next = 0
    let isolates = 0
    const lane = async (cordon: string): Promise<void> => {
      const neighbour = await hostileJob(NEIGHBOUR, { profile, cordon })
      let text = poisoned(`// ${isolates++}`)
      while (next < Number(count)) {
        const at = next++
        const mode = (at + first) % 6
        const whole = await suffer(runner, text, `?at=${at}&mode=${mode}`, { profile, cordon }, tally)
        if (!whole) text = poisoned(`// ${isolates++}`)
        await meet(neighbour)
        if (at % 8 !== 0) continue
        await suffer(runner, poisoned(`poison(${at}, ${(at / 8) % 6})`), '', { profile, cordon }, tally)
        await meet(neighbour)
      }
    }
    await Promise.all(Array.from({ length: LANES }, (_, i) => lane(`lane-${i}`)))
    await settled(runner)
    figure('POISON', `${profile}: functions replaced, calls meanwhile`, `${count}, ${tally.calls}`)
    figure('POISON', `${profile}: how these ended`, JSON.stringify(tally.codes))
    figure(
      'POISON',
      `${profile}: neighbours that answered wrongly, or were loaded again`,
      `0, ${neighbours.size - LANES}`,
    )
  })

  test('poison: a function that takes over how its log is counted writes no more than others', async () => {
    const { runner, logs } = await observed()
    const text = `const { set } = Map.prototype, fresh = { get: () => ({ chars: 0, lines: 0, cut: false }), set() {} }
      Map.prototype.set = function (key, value) {
        if (value?.logged !== undefined) Object.defineProperty(value, 'logged', fresh)
        return Reflect.apply(set, this, [key, value])
      }
      export default () => { for (let i = 0; i < 20000; i++) console.log('a line of some length', i); return new Response('ok') }`
    expect((await outcomeOf(runner, text, { profile })).text).toBe('ok')
    expect((await outcomeOf(runner, NEIGHBOUR, { profile })).text).toMatch(/^well /)
    expect(logs.length).toBeGreaterThan(1)
    // Its own and what loading may write, and the line that tells of the rest.
    expect(logs.length).toBeLessThanOrEqual(2 * 256 + 1)
    figure('POISON', `${profile}: lines written of 20000, with the counting taken over`, `${logs.length}`)
  })
})
