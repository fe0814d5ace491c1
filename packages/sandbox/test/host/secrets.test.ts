import type { JobSecrets } from '@hither/core'
import { expect, test } from 'vitest'
import { bench, failure, handler, makeJob, text, until, whole } from './support.ts'

const TOKEN = 'correct-horse-battery'

const secrets = (version: string, values: Record<string, string> = { TOKEN }): JobSecrets => ({
  of: 'publisher/shop',
  version,
  values,
})

const show = handler('return Response.json(env)')

test('a handler finds its secrets among its variables, whose place they take', async () => {
  const job = await makeJob(show, { env: { TOKEN: 'plain', NAME: 'shop' }, secrets: secrets('1') })
  expect(JSON.parse(await text(bench().runner.run(job)))).toEqual({ TOKEN, NAME: 'shop' })
})

test('secrets that change reach a warm function, and so does their end; what stays the same stays warm', async () => {
  const on = bench()
  const run = async (given: JobSecrets | undefined): Promise<[unknown, boolean]> => {
    const { body, metrics } = await whole(on.runner.run(await makeJob(show, { ...(given && { secrets: given }) })))
    return [JSON.parse(new TextDecoder().decode(body)), metrics.cold]
  }
  expect(await run(secrets('1'))).toEqual([{ TOKEN }, true])
  expect(await run(secrets('1'))).toEqual([{ TOKEN }, false])
  expect(await run(secrets('2', { TOKEN: 'changed' }))).toEqual([{ TOKEN: 'changed' }, true])
  expect(await run(secrets('3', {}))).toEqual([{}, true])
  // Called by its CID it has none, whatever is warm.
  expect(await run(undefined)).toEqual([{}, true])
  expect(await run(secrets('3', {}))).toEqual([{}, false])
  expect(on.runner.warm()).toHaveLength(2)
})

test('calls that run when secrets change end with those that they began with', async () => {
  const on = bench()
  const waiting = handler(
    `if (request.url.endsWith('wait')) await new Promise((go) => setTimeout(go, 300)); return new Response(env.TOKEN)`,
  )
  const before = text(on.runner.run(await makeJob(waiting, { secrets: secrets('1'), url: 'http://f.test/wait' })))
  await until(() => on.runner.load().busy === 1)
  expect(await text(on.runner.run(await makeJob(waiting, { secrets: secrets('2', { TOKEN: 'changed' }) })))).toBe(
    'changed',
  )
  expect(await before).toBe(TOKEN)
})

test('secrets do not come out in logs', async () => {
  const on = bench()
  const body = `console.log('a', env.TOKEN, env); console.error(new Error('at ' + env.TOKEN)); console.log('x'.repeat(100_000) + env.TOKEN); return new Response()`
  await on.runner.run(await makeJob(handler(body), { secrets: secrets('1') }))
  expect(on.logs).toHaveLength(3)
  expect(on.logs[0]?.text).toContain('[secret]')
  expect(JSON.stringify(on.logs)).not.toContain(TOKEN)
})

test.each([
  ['thrown in a handler', handler(`throw new TypeError('no ' + env.TOKEN)`), 'handler-failed'],
  ['thrown as a text', handler(`throw env.TOKEN`), 'handler-failed'],
])('secrets do not come out in an error %s', async (_, code, expected) => {
  const error = await failure(bench().runner.run(await makeJob(code, { secrets: secrets('1') })))
  expect(error.code).toBe(expected)
  expect(error.message).toContain('[secret]')
  expect(JSON.stringify([error.toWire(), String(error.stack), String(error.cause)])).not.toContain(TOKEN)
})

test('nor do they come out when an answer that has begun breaks', async () => {
  const body = `const stream = new ReadableStream({ async pull(c) { c.enqueue(new Uint8Array(100_000)); await new Promise((go) => setTimeout(go, 20)); throw new Error('no ' + env.TOKEN) } }); return new Response(stream)`
  const error = await failure(whole(bench().runner.run(await makeJob(handler(body), { secrets: secrets('1') }))))
  expect(error.code).toBe('handler-failed')
  expect(JSON.stringify(error.toWire())).not.toContain(TOKEN)
})

test('variables and secrets that do not fit into one frame are refused before anything runs', async () => {
  const env = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`V${i}`, 'x'.repeat(10_000)]))
  const job = await makeJob(show, { env, secrets: secrets('1', { A: 'y'.repeat(8000), B: 'y'.repeat(8000) }) })
  expect(await failure(bench().runner.run(job))).toMatchObject({ code: 'unsupported' })
})

test('a process that runs a function with secrets was told none by its arguments or environment', async () => {
  const on = bench()
  await on.runner.run(await makeJob(show, { secrets: secrets('1') }))
  const started = on.children.map(({ spawnargs }) => spawnargs)
  expect(started.length).toBeGreaterThan(0)
  expect(JSON.stringify(started)).not.toContain(TOKEN)
})
