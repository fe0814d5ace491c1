import { expect, test } from 'vitest'
import { ADDED, bareNames, REMOVED } from '../../packages/sandbox/test/guest/globals.ts'
import { INTRINSICS } from './support/intrinsics.ts'
import { inBothProfiles } from './support/jail.ts'
import { observed, outcomeOf } from './support/observed.ts'
import { figure } from './support/report.ts'
import { WALK } from './support/walk.ts'

const WANDERINGS = 20_000
const SEED = Number(process.env['HITHER_SEED'] ?? 1)

/** One of each kind of value that a function can be given or come by. */
const ROOTS = `[globalThis, request, env, ctx, new Promise(() => {}), new Error('x'), new Response('x'), new Headers(), new FormData(),
  new Blob(['x']).stream().getReader(), new AbortController(), new URL('http://x/'), new TextDecoder(), new TransformStream(),
  crypto, performance, console, setTimeout, structuredClone, import.meta, (function () { return arguments })(), globalThis.WebAssembly ?? {}]`

inBothProfiles((profile) => {
  test('A01: no path from what a function is given leads to the process around it', async () => {
    const { runner } = await observed()
    const answer = await outcomeOf(
      runner,
      `${WALK}
      export default (request, env, ctx) => {
        const roots = ${ROOTS}
        const { seen, paths } = walk(roots, 6)
        return Response.json({ leaks, seen: seen.size, paths })
      }`,
      { profile },
    )
    const walked = JSON.parse(answer.text) as { leaks: string[]; seen: number; paths: number }
    expect(walked.leaks).toEqual([])
    expect(walked.seen).toBeGreaterThan(1000)
    const chance = await outcomeOf(
      runner,
      `${WALK}
      export default (request, env, ctx) => {
        const json = JSON.stringify, R = Response
        const wandered = wander(${ROOTS}, 6, ${WANDERINGS}, ${SEED})
        return new R(json({ leaks, wandered }))
      }`,
      { profile, limits: { cpuMs: 20_000 } },
    )
    expect(JSON.parse(chance.text)).toEqual({ leaks: [], wandered: WANDERINGS })
    figure(
      'A01',
      `${profile}: paths walked, values met, by chance (seed ${SEED}); of these outside`,
      [walked.paths, walked.seen, WANDERINGS, 0].join(', '),
    )
  })

  test('A03: the globals are those of the list and no others', async () => {
    const { runner } = await observed()
    const { text } = await outcomeOf(
      runner,
      `export default () => Response.json(Reflect.ownKeys(globalThis).map(String))`,
      { profile },
    )
    // An interpreter has none.
    const language = bareNames().filter((name) => profile === 'trusted' || name !== 'WebAssembly')
    const wanted = [...language.filter((name) => !REMOVED.includes(name)), ...ADDED]
    const names = JSON.parse(text) as string[]
    expect(names.toSorted()).toEqual(wanted.toSorted())
    figure('A03', `${profile}: globals, and beyond the list`, `${names.length}, 0`)
  })

  test('A04: nothing of isolated-vm reaches a function that takes over all that the runtime calls', async () => {
    const { runner } = await observed()
    const text = `${INTRINSICS} ${WALK}
      for (const value of visited) known.add(value)
      const knownAdd = known.add
      const kept = [], was = new WeakSet(), has = was.has, add = was.add
      let recording = false
      const keep = (value) => {
        if (!recording || !isPoint(value) || kept.length > 20000 || apply(has, was, [value])) return
        apply(add, was, [value]); kept[kept.length] = value
      }
      const traps = {
        apply(target, self, args) {
          keep(self); for (let i = 0; i < args.length; i++) keep(args[i])
          const result = apply(target, self, args); keep(result); return result
        },
        construct(target, args, by) {
          for (let i = 0; i < args.length; i++) keep(args[i])
          const result = construct(target, args, by); keep(result); return result
        },
      }
      const Spy = Proxy
      // A class that is another one than that of its instances breaks requests before much is seen.
      const spyOn = (original) => {
        if (original.prototype !== undefined) return original
        const spy = new Spy(original, traps); apply(knownAdd, known, [spy]); return spy }
      // What is looked for and not there is looked for here, and handed over as the receiver.
      const MISSING = ['feed', 'resume', 'then', 'toJSON', 'logged', 'owner', 'answer']
      const originals = slots.map(({ holder, key }) => [holder, key, getOwnPropertyDescriptor(holder, key)])
      for (const slot of slots) if (slot.holder !== Object.prototype) replace(slot, (original) => spyOn(original))
      for (const key of MISSING) defineProperty(OURS, key, { configurable: true, get() { keep(this); return undefined }, set(value) { keep(value)
        defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true }) } })
      const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms))
      recording = true
      export const fails = () => { throw new Error('x') }
      export default async function (request, env, ctx) {
        if (request.url.endsWith('end')) {
          recording = false
          for (const [holder, key, found] of originals) defineProperty(holder, key, found)
          for (const key of MISSING) delete OURS[key]
          walk(kept, 3)
          return Response.json({ leaks, kept: kept.length })
        }
        console.log('x', { a: new Map() }); ctx.waitUntil(sleep(2)); await sleep(1)
        crypto.randomUUID(); structuredClone({ a: [1] }); setInterval(() => {}, 1)
        const text = await request.text()
        Promise.reject(new Error('forgotten'))
        return new Response(new ReadableStream({ async pull(c) { await sleep(1); c.enqueue(new Uint8Array(9)); c.close() } }), { headers: { a: text } })
      }`
    const call = (url: string, more: object = {}): ReturnType<typeof outcomeOf> =>
      outcomeOf(runner, text, {
        profile,
        request: { method: 'GET', url, headers: [], ...more },
        limits: { cpuMs: 20_000 },
      })
    const body = { method: 'POST', headers: [['a', 'b']] }
    for (const more of [{}, {}, body, { method: 'POST', headers: [['hither-rpc', 'fails']] }]) {
      await call('http://hostile.test/', more)
    }
    const { text: found, told } = await call('http://hostile.test/end')
    expect(told).toContain('leaks')
    const { leaks, kept } = JSON.parse(found) as { leaks: string[]; kept: number }
    expect(leaks).toEqual([])
    expect(kept).toBeGreaterThan(500)
    figure(
      'A04',
      `${profile}: values that the runtime handed to patched functions; handles or callbacks among them`,
      `${kept}, 0`,
    )
  })
})
