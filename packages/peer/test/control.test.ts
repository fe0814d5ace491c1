import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HitherError } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import type { CallParams, PeerApi } from '../src/api.ts'
import { connectControl } from '../src/control/client.ts'
import { serveControl } from '../src/control/server.ts'
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

test('parameters, bodies, progress and results come through as they are', async () => {
  const body = new Uint8Array(300_000).map((_, i) => i)
  const { client } = await served({
    call: async (params, options) => {
      options?.onProgress?.({ type: 'call:waiting', why: 'soon' })
      return { ...params, status: 200 } as never
    },
  })
  const events: unknown[] = []
  const params: CallParams = { target: 'x', headers: [['a', 'b']], body }
  const result = await client.call(params, { onProgress: (event) => events.push(event) })
  expect(result).toEqual({ ...params, status: 200 })
  expect(events).toEqual([{ type: 'call:waiting', why: 'soon' }])
})

test('many requests at once keep their answers apart', async () => {
  const { client } = await served({ call: async ({ target, body }) => ({ target, body }) as never })
  const calls = Array.from({ length: 20 }, (_, i) => ({ target: `t${i}`, body: new Uint8Array(70_000).fill(i) }))
  expect(await Promise.all(calls.map((params) => client.call(params)))).toEqual(calls)
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
