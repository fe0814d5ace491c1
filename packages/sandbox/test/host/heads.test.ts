import type { Job } from '@hither/core'
import { expect, test } from 'vitest'
import { ECHO, MALFORMED, ODD, seenBy } from '../heads.ts'
import { bench, failure, handler, makeJob, pidsOf, text, until } from './support.ts'

/** The same job with another head. */
function withHead(job: Job, head: Partial<Job['request']>, body = ''): Job {
  return { ...job, request: { ...job.request, ...head }, body: new TextEncoder().encode(body) }
}

/** Waits until the test lets it go, by its second call. */
const GATE = `let open
  const gate = new Promise((resolve) => { open = resolve })
  export default async (request) => {
    if (request.url.endsWith('/open')) open()
    else { const alive = setInterval(() => {}, 1000); await gate; clearInterval(alive) }
    return new Response('passed') }`

test('a malformed head ends its own call, and no process and no neighbour', async () => {
  const on = bench({ cores: 1 })
  const gate = await makeJob(GATE)
  const neighbour = await makeJob(handler(`return new Response('well')`))
  await text(on.runner.run(neighbour))
  const slow = text(on.runner.run(gate))
  await until(() => on.runner.warm().length === 2)
  const pids = pidsOf(on)

  for (const job of [gate, neighbour]) {
    const calls = MALFORMED.map(([, head]) => failure(on.runner.run(withHead(job, head))))
    for (const [at, error] of (await Promise.all(calls)).entries()) {
      const [name, , why] = MALFORMED[at] ?? []
      expect(error, name).toMatchObject({ code: 'bad-message', why: expect.stringMatching(why ?? '') as string })
      expect(error.data, name).toHaveProperty('metrics.cold', false)
    }
  }

  expect(await text(on.runner.run(neighbour))).toBe('well')
  expect(on.runner.load().busy).toBe(1)
  await on.runner.run(withHead(gate, { url: 'http://f.test/open' }))
  expect(await slow).toBe('passed')
  expect(pidsOf(on)).toEqual(pids)
})

test('odd heads come through to the handler', async () => {
  const on = bench({ cores: 1 })
  const job = await makeJob(handler(ECHO))
  for (const [name, { body, ...head }, seen] of ODD) {
    const answer = on.runner.run(withHead(job, head, body))
    expect(seenBy((await answer).headers, await text(answer)), name).toMatchObject(seen)
  }
})

test('an answer may set many cookies; one with too many headers fails alone', async () => {
  const on = bench({ cores: 1 })
  const job = await makeJob(
    handler(`const headers = new Headers({ 'x-a': 'é' })
      for (let i = Number(request.headers.get('count')); i > 0; i--) headers.append('set-cookie', 'c' + i)
      return new Response(null, { headers })`),
  )
  const { headers } = await on.runner.run(withHead(job, { headers: [['count', '255']] }))
  expect(headers).toHaveLength(256)
  expect(headers.slice(0, 3)).toEqual([
    ['x-a', 'é'],
    ['set-cookie', 'c255'],
    ['set-cookie', 'c254'],
  ])
  const pids = pidsOf(on)
  const error = await failure(on.runner.run(withHead(job, { headers: [['count', '256']] })))
  expect(error).toMatchObject({ code: 'result-too-large', message: expect.stringContaining('256 headers') as string })
  expect(pidsOf(on)).toEqual(pids)
})
