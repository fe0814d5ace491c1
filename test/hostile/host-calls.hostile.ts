import { beforeAll, expect, test } from 'vitest'
import { answer, inBothProfiles } from './support/jail.ts'
import { arena, CALM, megabytes, spread, type Arena } from './support/arena.ts'
import { figure } from './support/report.ts'

const handler = (body: string): string => `export default async (request, env, ctx) => { ${body} }`

/** Every way of a handler to its process. Each crossing gives V8’s own timer less to bite on. */
const CALLS: [name: string, body: string][] = [
  ['console.log', `for (;;) console.log('x')`],
  ['console.group', `for (;;) console.group('x'.repeat(1000))`],
  ['setTimeout and clearTimeout', `for (;;) clearTimeout(setTimeout(() => {}, 1))`],
  ['crypto.getRandomValues', `const bytes = new Uint8Array(65_536); for (;;) crypto.getRandomValues(bytes)`],
  ['crypto.randomUUID', `for (;;) crypto.randomUUID()`],
  ['performance.now', `for (;;) performance.now()`],
  ['Date.now', `for (;;) Date.now()`],
  ['queueMicrotask', `const again = () => queueMicrotask(again); again(); await new Promise(() => {})`],
  ['pulling a body', `const reader = request.body.getReader(); for (;;) await reader.read()`],
  ['waitUntil', `for (;;) ctx.waitUntil(null)`],
]

/** Its sender never waits. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(1024)
}

inBothProfiles((profile) => {
  let on: Arena
  beforeAll(async () => {
    on = await arena(profile)
    return () => on.close()
  })

  test.each(CALLS)(
    'B03: a loop over %s is ended by its limit of processor time or its deadline',
    async (name, body) => {
      const job = await on.job(handler(body), { body: endless() })
      job.request.method = 'POST'
      const { outcome, ms, peakBytes, boundBytes, bystander } = await on.blast(job)
      expect(['limit-cpu', 'limit-memory', 'timeout']).toContain(outcome)
      expect(peakBytes).toBeLessThan(boundBytes)
      expect(await answer(on.runner, await on.job(handler(`return new Response('well')`), { limits: CALM }))).toBe(
        'well',
      )
      const { cpuMs } = job.manifest.limits
      figure(
        'B03',
        `${profile}: ${name}, of ${cpuMs} ms`,
        `${outcome} after ${ms.toFixed(0)} ms, peak ${megabytes(peakBytes)}, bystander ${spread(bystander)}`,
      )
    },
  )
})
