import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HitherError, isWhole, mayFail, readWhole, type Body } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import type { CallParams, ListedName, PeerApi } from '../src/api.ts'
import { connectControl } from '../src/control/client.ts'
import { CONTROL, message } from '../src/control/messages.ts'
import { serveControl } from '../src/control/server.ts'
import { CONTROL_LIST_PART, CONTROL_MESSAGE_BYTES, CONTROL_WINDOW_BYTES } from '../src/limits/home.ts'
import { silent } from './fakes.ts'

/** A peer of which only what a test needs is there. */
async function served(api: Partial<PeerApi>) {
  const folder = await mkdtemp(join(tmpdir(), 'hither-control-'))
  const path = join(folder, 'control.sock')
  const server = await serveControl({ path }, { api: api as PeerApi, log: silent })
  const client = await connectControl(path)
  if (client === undefined) throw new Error('not connected')
  onTestFinished(async () => {
    client.close()
    await server.close()
    await rm(folder, { recursive: true })
  })
  return { path, client, server }
}

test('the socket is for its owner only', async () => {
  const { path } = await served({})
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

/** An answer that gives back what was asked, its body as it came. */
const echo: PeerApi['call'] = async ({ body = new Uint8Array(0), ...params }) =>
  ({ ...params, status: 200, body, report: Promise.resolve({ cold: true }) }) as never

test.each([
  ['short', 1000],
  ['long', 3_000_000],
])('parameters, %s bodies, progress and results come through as they are', async (_, length) => {
  const body = new Uint8Array(length).map((_byte, i) => i)
  const { client } = await served({
    call: async (params, options) => {
      options?.onProgress?.({ type: 'call:waiting', why: 'soon' })
      return echo(params)
    },
  })
  const events: unknown[] = []
  const params: CallParams = { target: 'x', headers: [['a', 'b']], body }
  const result = await client.call(params, { onProgress: (event) => events.push(event) })
  expect(result).toMatchObject({ target: 'x', headers: [['a', 'b']], status: 200 })
  expect(isWhole(result.body)).toBe(length === 1000)
  expect(Buffer.compare(await readWhole(result.body), body)).toBe(0)
  expect(await result.report).toEqual({ cold: true })
  expect(events).toEqual([{ type: 'call:waiting', why: 'soon' }])
})

test.each([0, CONTROL_LIST_PART, CONTROL_LIST_PART + 1, 20_000])('a list of %i names comes through', async (count) => {
  const longest = { name: 'n'.repeat(63), publisher: 'k'.repeat(62), cid: 'b'.repeat(59), message: 'ä'.repeat(500) }
  const { client } = await served({
    list: async () => Array.from({ length: count }, (_, sequence) => ({ ...longest, sequence })) as ListedName[],
  })
  const list = await client.list()
  expect(list.map(({ sequence }) => sequence)).toEqual(Array.from({ length: count }, (_, at) => at))
})

test('what fits into no message ends nothing but itself', async () => {
  const cid = 'b'.repeat(59)
  const one: ListedName = {
    name: 'n'.repeat(63),
    publisher: 'k'.repeat(62),
    own: false,
    confirmedAgoMs: 123_456_789,
    forked: false,
    sequence: 12,
    cid,
    time: 1_790_000_000_000,
    message: 'm'.repeat(100),
  }
  // Bytes are sooner put into a message than letters.
  const long = new Uint8Array(CONTROL_MESSAGE_BYTES) as unknown as string
  const { client } = await served({
    list: async () => [{ ...one, message: long }],
    aliases: async () => ({ ann: cid }),
    call: echo,
  })
  const tooLarge = { code: 'too-large' }
  await expect(client.list()).rejects.toMatchObject(tooLarge)
  await expect(client.aliasAdd({ name: 'x', key: long })).rejects.toMatchObject(tooLarge)
  await expect(client.call({ target: long })).rejects.toMatchObject(tooLarge)
  expect(await client.aliases()).toEqual({ ann: cid })
  expect(client.closed).toBe(false)
})

test('progress that nobody listens to is not told', async () => {
  const heard: boolean[] = []
  const { client } = await served({
    call: async (params, options) => {
      heard.push(options?.onProgress !== undefined)
      return echo(params)
    },
  })
  await client.call({ target: 'x' })
  await client.call({ target: 'x' }, { onProgress: () => {} })
  expect(heard).toEqual([false, true])
})

test('many requests at once keep their answers apart', async () => {
  const { client } = await served({ call: echo })
  const calls = Array.from({ length: 20 }, (_, i) => ({ target: `t${i}`, body: new Uint8Array(700_000).fill(i) }))
  const ask = async (params: (typeof calls)[number]): Promise<unknown> => {
    const { target, body } = (await client.call(params)) as unknown as { target: string; body: Body }
    return { target, body: await readWhole(body) }
  }
  expect(await Promise.all(calls.map(ask))).toEqual(calls)
})

/** A source without end that counts what it was asked for, and says when it was left. */
function endless(): { stream: AsyncGenerator<Uint8Array>; made: () => number; left: Promise<void> } {
  const left = Promise.withResolvers<void>()
  let made = 0
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        made += 50_000
        yield new Uint8Array(50_000)
      }
    } finally {
      left.resolve()
    }
  }
  return { stream: pieces(), made: () => made, left: left.promise }
}

test('a reader that stops stops the source, and holds up nobody else; leaving ends the source', async () => {
  const source = endless()
  const report = Promise.withResolvers<never>()
  const { client } = await served({
    call: async () => ({ status: 200, headers: [], body: source.stream, report: report.promise }) as never,
    id: async () => ({ publisher: 'p' }),
  })
  const result = await client.call({ target: 'x' })
  const reader = (result.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  for (let read = 0; read < 1_000_000;) read += (await reader.next()).value?.length ?? 0
  for (let i = 0; i < 5; i++) expect(await client.id()).toEqual({ publisher: 'p' })
  expect(source.made()).toBeLessThan(1_000_000 + 2 * CONTROL_WINDOW_BYTES)
  await reader.return?.()
  await source.left
  report.reject(new HitherError('cancelled', 'left'))
  await expect(result.report).rejects.toMatchObject({ code: 'cancelled' })
})

/** A source that says nothing, and when it was left. */
function silence(): { stream: AsyncIterableIterator<Uint8Array>; left: Promise<void> } {
  const left = Promise.withResolvers<void>()
  const said = Promise.withResolvers<IteratorResult<Uint8Array>>()
  const stream: AsyncIterableIterator<Uint8Array> = {
    next: () => said.promise,
    async return() {
      left.resolve()
      const end = { done: true, value: undefined } as const
      said.resolve(end)
      return end
    },
    [Symbol.asyncIterator]: () => stream,
  }
  return { stream, left: left.promise }
}

test('who leaves an answer that says nothing just now ends it at once', async () => {
  const { stream, left } = silence()
  const { client } = await served({
    call: async () => ({ status: 200, body: stream, report: new Promise(() => {}) }) as never,
  })
  const { body } = await client.call({ target: 'x' })
  const reader = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const waiting = reader.next()
  await reader.return?.()
  await left
  expect((await waiting).done).toBe(true)
})

test('an answer that breaks while nobody reads it breaks its report all the same', async () => {
  const { stream } = endless()
  const report = Promise.withResolvers<never>()
  const { client } = await served({
    call: async () => ({ status: 200, body: stream, report: report.promise }) as never,
  })
  const result = await client.call({ target: 'x' })
  report.reject(new HitherError('timeout', 'the deadline passed'))
  await expect(result.report).rejects.toMatchObject({ code: 'timeout' })
})

test('a peer that does not read a request’s body stops its source, and leaves it when it has answered', async () => {
  const source = endless()
  const { client } = await served({
    async call({ body }) {
      const reader = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      await reader.next()
      await reader.return?.()
      return echo({ target: 'x' })
    },
  })
  const result = await client.call({ target: 'x', body: source.stream })
  expect(result.status).toBe(200)
  await source.left
  expect(source.made()).toBeLessThan(2 * CONTROL_WINDOW_BYTES)
})

test('what it throws once it was left ends nothing', async () => {
  const closed = Promise.withResolvers<IteratorResult<Uint8Array>>()
  const { client } = await served({
    async call({ body }) {
      const reader = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      await reader.next()
      await reader.return?.()
      const answer = await echo({ target: 'x' })
      // A report is signed, and comes behind the answer.
      const report = (): typeof answer.report => answer.report
      return { ...answer, report: closed.promise.then(report, report) }
    },
  })
  const pieces = [Promise.resolve({ value: new Uint8Array(10) }), closed.promise]
  const source: Body = {
    [Symbol.asyncIterator]: () => ({
      next: () => pieces.shift() ?? closed.promise,
      async return() {
        closed.reject(new TypeError('it was closed before its end'))
        return { done: true, value: undefined }
      },
    }),
  }
  const result = await client.call({ target: 'x', body: source })
  await expect(closed.promise).rejects.toThrow('closed')
  expect(await readWhole(result.body)).toBeInstanceOf(Uint8Array)
  await result.report
})

test('what a request’s source throws ends the call, at the peer too', async () => {
  const heard = Promise.withResolvers<unknown>()
  const { client } = await served({
    call: async ({ body = new Uint8Array(0) }) =>
      readWhole(body).then(
        () => expect.unreachable(),
        (error) => (heard.resolve(error), echo({ target: 'x' })),
      ),
  })
  async function* breaks(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
    throw new TypeError('the file is gone')
  }
  await expect(client.call({ target: 'x', body: breaks() })).rejects.toMatchObject({ message: 'the file is gone' })
  expect(await heard.promise).toMatchObject({ code: 'cancelled' })
})

test('an answer that breaks on its way says why, to its reader and in the report', async () => {
  async function* breaks(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
    throw new HitherError('link-lost', 'the runner is gone')
  }
  const { client } = await served({
    call: async () =>
      ({
        status: 200,
        body: breaks(),
        report: mayFail(Promise.reject(new HitherError('link-lost', 'the runner is gone'))),
      }) as never,
  })
  const { body, report } = await client.call({ target: 'x' })
  await expect(readWhole(body)).rejects.toMatchObject({ code: 'link-lost' })
  await expect(report).rejects.toMatchObject({ code: 'link-lost' })
})

test('errors keep code, words and data', async () => {
  const { client } = await served({
    list: () => Promise.reject(new HitherError('no-runner', 'nobody', { why: 'w', fix: 'f', data: { tried: [1] } })),
  })
  await expect(client.list()).rejects.toMatchObject({
    code: 'no-runner',
    name: 'NoRunner',
    why: 'w',
    fix: 'f',
    data: { tried: [1] },
  })
})

test('cancelling at the client cancels at the peer', async () => {
  const aborted = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const { client } = await served({
    call: (_params, options) => {
      options?.signal?.addEventListener('abort', () => aborted.resolve())
      started.resolve()
      return new Promise(() => {})
    },
  })
  const controller = new AbortController()
  const call = client.call({ target: 'x' }, { signal: controller.signal })
  await started.promise
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'cancelled' })
  await aborted.promise
})

test('only the methods of the interface can be called, and rubbish harms nobody else', async () => {
  const { client, path } = await served({ id: async () => ({ publisher: 'p', peer: 'q' }) })
  const other = connect(path)
  const closed = new Promise((resolve) => other.once('close', resolve))
  other.on('error', () => {})
  other.write(new Uint8Array(64).fill(0xff))
  await closed
  expect(await client.id()).toEqual({ publisher: 'p', peer: 'q' })
  await expect(client.status()).rejects.toMatchObject({ code: 'internal' })
})

test('a second peer of the same home is refused; a socket left behind is not in the way', async () => {
  const { path, server } = await served({})
  await expect(serveControl({ path }, { api: {} as PeerApi, log: silent })).rejects.toMatchObject({
    code: 'already-running',
  })
  await server.close()
  await writeFile(path, '')
  expect(await connectControl(path)).toBeUndefined()
  const next = await serveControl({ path }, { api: {} as PeerApi, log: silent })
  await next.close()
})

test('when the peer goes away, whoever waits is told', async () => {
  const { client, server } = await served({ list: () => new Promise(() => {}) })
  const waiting = client.list()
  await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'peer-unreachable' }), server.close()])
})

test('a call that begins only when the peer is gone was certainly not sent', async () => {
  const { client, server } = await served({ list: () => new Promise(() => {}) })
  const waiting = client.list()
  await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'peer-unreachable' }), server.close()])
  await expect(client.call({ target: 'x' })).rejects.toMatchObject({ code: 'peer-unreachable' })
})

test('a client that reads nothing does not keep it open', async () => {
  const asked = Promise.withResolvers<void>()
  const long = async (): Promise<never> => {
    asked.resolve()
    return 'x'.repeat(3_000_000) as never
  }
  const { path, server } = await served({ list: long })
  const other = connect(path)
  onTestFinished(() => void other.destroy())
  other.pause()
  other.write(message(CONTROL.REQUEST, 1, { method: 'list', params: {}, body: false, listens: false }))
  await asked.promise
  await expect(server.close()).resolves.toBeUndefined()
})

test('of peers of one home that start at once only one serves, and the others leave its socket alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hither-control-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'control.sock')
  const start = () => serveControl({ path }, { api: {} as PeerApi, log: silent })
  const starts = await Promise.allSettled([start(), start(), start()])
  const codes = starts.map((one) => (one.status === 'fulfilled' ? 'serves' : one.reason.code))
  expect(codes.filter((code) => code !== 'serves')).toEqual(['already-running', 'already-running'])
  const client = await connectControl(path)
  expect(client).toBeDefined()
  client?.close()
  for (const one of starts) if (one.status === 'fulfilled') await one.value.close()
  expect(await readdir(folder)).toEqual([])
})

test('a listener that throws fails neither its call nor those beside it', async () => {
  const { client } = await served({
    call: async (params, options) => {
      options?.onProgress?.({ type: 'call:waiting', why: 'soon' })
      return echo(params)
    },
  })
  const thrown = Promise.withResolvers<unknown>()
  const uncaught = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', thrown.resolve)
  onTestFinished(() => {
    process.off('uncaughtException', thrown.resolve)
    for (const listener of uncaught) process.on('uncaughtException', listener)
  })
  const bug = new Error('a bug in a progress bar')
  const onProgress = (): void => {
    throw bug
  }
  const calls = await Promise.all([client.call({ target: 'x' }, { onProgress }), client.call({ target: 'y' })])
  expect(calls).toMatchObject([{ target: 'x' }, { target: 'y' }])
  expect(await thrown.promise).toBe(bug)
})
