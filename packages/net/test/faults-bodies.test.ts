import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { HitherError, piecesOf, readWhole, type Body, type Links, type Services } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import { FLOWING_CALLS_MAX } from '../src/limits/streams.ts'
import { pipe, reading, source } from './helpers/bodies.ts'
import { addressOf, link, pair, peer, until } from './helpers/peers.ts'
import { portOf, proxy, type Proxy } from './helpers/proxy.ts'
import { answerOf, echo, failure, header, NOTHING, pattern, services, streamOf, wholly } from './helpers/services.ts'

/** Two peers joined through a proxy. */
async function through(call: Services['call']): Promise<{ a: Links; b: Links; between: Proxy }> {
  const a = await peer()
  const b = await peer({ services: services({ call }) })
  const between = await proxy(portOf(addressOf(b)))
  await link(a, between.address, b)
  return { a, b, between }
}

/** Reads all of a body, and keeps nothing. */
async function countWhole(body: Body): Promise<number> {
  let bytes = 0
  for await (const piece of piecesOf(body)) bytes += piece.length
  return bytes
}

test('an answer whose runner is killed is lost, though its stream ends as if all was well', async () => {
  const script = fileURLToPath(new URL('children/endless-answer.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=hither-source', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const [address] = (await once(createInterface(child.stdout), 'line')) as [string]
  const a = await peer()
  const runner = await a.join(address)
  const { body, trailer } = await a.call(runner, header(), NOTHING)
  const read = failure(countWhole(body))
  // It flows.
  await wholly(a.call(runner, header({ method: 'HEAD' }), NOTHING))
  child.kill('SIGKILL')
  await gone
  expect((await read).code).toBe('link-lost')
  expect((await failure(Promise.resolve(trailer))).code).toBe('link-lost')
})

test('a link that breaks ends the bodies on it, on both sides and in both directions', async () => {
  const told = Promise.withResolvers<unknown[]>()
  const answered = source(Infinity)
  const { a, b, between } = await through((_from, call, body, { signal }) => {
    const read = failure(countWhole(body))
    signal.addEventListener('abort', () => void read.then(({ code }) => told.resolve([code, signal.reason])))
    return streamOf(call, answered)
  })
  const sent = source(Infinity)
  const { body, trailer } = await a.call(b.self, header(), sent)
  const read = failure(countWhole(body))
  await Promise.all([sent.reached(500_000), answered.reached(500_000)])
  between.cut()
  expect([(await read).code, (await failure(Promise.resolve(trailer))).code]).toEqual(['link-lost', 'link-lost'])
  expect([await sent.over, await answered.over]).toEqual(['left', 'left'])
  const [code, reason] = await told.promise
  expect(['cancelled', 'link-lost']).toContain(code)
  expect(reason).toMatchObject({ code: 'cancelled' })
})

test('what has come whole is read though the link is gone', async () => {
  const { a, b, between } = await through((_from, call) => streamOf(call, source(200_000)))
  const { body, trailer } = await a.call(b.self, header(), NOTHING)
  // The trailer is on the stream before the answer to the next call.
  await wholly(a.call(b.self, header(), NOTHING))
  const down = until(a, 'down', b.self)
  between.cut()
  await down
  expect(await readWhole(body)).toHaveLength(200_000)
  expect(await trailer).toMatchObject({ streamedBytes: 200_000 })
})

test('bodies on a slow line are not taken for silence, and silence is noticed while bodies flow', async () => {
  const there = Promise.withResolvers<number>()
  const up = await through(async (from, call, body) => {
    there.resolve(await failure(countWhole(body)).then(() => performance.now()))
    return answerOf(call, NOTHING, NOTHING, from)
  })
  const down = await through((_from, call) => streamOf(call, source(Infinity)))
  // Pings and their answers wait behind what is on its way, for longer than a silent link lives.
  for (const { between } of [up, down]) between.slow(150_000)
  const sending = failure(up.a.call(up.b.self, header(), source(Infinity)))
  const { body } = await down.a.call(down.b.self, header(), NOTHING)
  const reads = failure(countWhole(body))
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  for (const { a, b } of [up, down]) expect([a.list().length, b.list().length]).toEqual([1, 1])
  for (const { between } of [up, down]) between.freeze()
  expect([(await sending).code, (await reads).code]).toEqual(['link-lost', 'link-lost'])
  await there.promise
})

test('who stops with grace lets answers on their way end, and refuses the next', async () => {
  const sent = pipe()
  const [a, b] = await pair(services(), services({ call: (_from, call) => streamOf(call, sent) }))
  const { body, trailer } = await a.call(b.self, header(), NOTHING)
  const answer = reading(body)
  const stopped = b.stop({ graceMs: 60_000 })
  expect((await failure(a.call(b.self, header(), NOTHING))).code).toBe('draining')
  sent.give(pattern(9))
  expect((await answer.next()).value).toEqual(pattern(9))
  sent.end()
  expect(await answer.next()).toMatchObject({ done: true })
  await trailer
  await stopped
})

test('who called and stops with grace gets all of its answer first', async () => {
  const sent = pipe()
  const [a, b] = await pair(services(), services({ call: (_from, call) => streamOf(call, sent) }))
  const { body } = await a.call(b.self, header(), NOTHING)
  const stopped = a.stop({ graceMs: 60_000 })
  sent.give(pattern(9))
  sent.end()
  expect(await readWhole(body)).toEqual(pattern(9))
  await stopped
})

test('readers that all stall hold up other bodies of their link only, and only while they last', async () => {
  const calls = new Map<string, Services['call']>([
    ['stall', (_from, call) => streamOf(call, source(Infinity))],
    ['long', (_from, call) => streamOf(call, source(500_000))],
    ['short', echo],
  ])
  const of = (name: string): ReturnType<typeof header> => header({ url: `http://x/${name}` })
  const [a, b] = await pair(
    services(),
    services({
      call: (from, call, body, options) =>
        calls.get(call.url.split('/').at(-1) ?? '')?.(from, call, body, options) ?? answerOf(call, body, NOTHING, from),
    }),
  )
  const other = await peer()
  await link(other, addressOf(b), b)
  const control = new AbortController()
  const stalled = await Promise.all(
    Array.from({ length: FLOWING_CALLS_MAX }, () => a.call(b.self, of('stall'), NOTHING, { signal: control.signal })),
  )
  const waiting = wholly(a.call(b.self, of('long'), NOTHING))
  const late = a.call(b.self, of('long'), NOTHING, { signal: AbortSignal.timeout(50) })
  expect((await failure(late.then(({ body }) => readWhole(body)))).code).toBe('timeout')
  expect((await wholly(a.call(b.self, of('short'), pattern(9)))).body).toHaveLength(9)
  expect((await wholly(other.call(b.self, of('long'), NOTHING))).body).toHaveLength(500_000)
  control.abort(new HitherError('timeout', 'their deadline'))
  expect((await waiting).body).toHaveLength(500_000)
  expect((await failure(readWhole(stalled[0]?.body ?? NOTHING))).code).toBe('timeout')
})
