import { encodeRpc, RPC_ERROR, RPC_HEADER, RPC_MAX_CHARS, RPC_TYPE } from '@hither/core'
import { expect, expectTypeOf, test } from 'vitest'
import type { Functions, Net } from '../src/index.ts'
import { answer, netOf } from './fakes.ts'

/** A handler as callers see it. */
interface Handler {
  default: (request: Request) => Response
  version: string
  add: (a: number, b?: number) => number
  find: (query: { name: string }) => Promise<Date | undefined>
  then: () => void
}

/** Answers a call of a method as functions do. */
function served(method: (name: string, args: string) => { value?: unknown; thrown?: unknown }): {
  net: Net
  calls: Parameters<Parameters<typeof netOf>[0]>[0][]
} {
  const calls: Parameters<Parameters<typeof netOf>[0]>[0][] = []
  const { net } = netOf(async (params) => {
    calls.push(params)
    const name = new Map(params.headers).get(RPC_HEADER) ?? ''
    const said = method(name, new TextDecoder().decode(params.body as Uint8Array))
    const headers: [string, string][] = [['content-type', RPC_TYPE]]
    if ('thrown' in said) headers.push([RPC_HEADER, RPC_ERROR])
    return answer(encodeRpc('thrown' in said ? said.thrown : said.value), { headers })
  })
  return { net, calls }
}

test('a method is a POST of its arguments, and its result comes back', async () => {
  const { net, calls } = served((name, args) => ({ value: { name, args } }))
  const client = net.functions<Handler>('ann/sums', { deadline: '2s', idempotencyKey: 'k' })
  expect(await client.add(1, 2)).toEqual({ name: 'add', args: encodeRpc([1, 2]) })
  expect(calls).toMatchObject([
    {
      target: 'ann/sums',
      method: 'POST',
      path: '/',
      headers: [
        ['content-type', RPC_TYPE],
        [RPC_HEADER, 'add'],
      ],
      deadlineMs: 2000,
      idempotencyKey: 'k',
    },
  ])
})

test('results are copies with their types', async () => {
  const { net } = served(() => ({ value: new Date(5) }))
  expect(await net.functions<Handler>('x').find({ name: 'ann' })).toEqual(new Date(5))
  const none = served(() => ({ value: undefined }))
  expect(await none.net.functions<Handler>('x').find({ name: 'ann' })).toBeUndefined()
})

test('no more of a result is read than one may have, and the rest is left', async () => {
  let made = 0
  let left = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        made += 1024 * 1024
        yield new Uint8Array(1024 * 1024).fill(120)
      }
    } finally {
      left = true
    }
  }
  const { net } = netOf(async () => answer(endless(), { headers: [['content-type', RPC_TYPE]] }))
  await expect(net.functions<Handler>('x').add(1)).rejects.toMatchObject({ code: 'result-too-large' })
  expect(made).toBeLessThanOrEqual(RPC_MAX_CHARS + 2 * 1024 * 1024)
  expect(left).toBe(true)
})

test('what a function throws is thrown, as what it was', async () => {
  const thrown = new TypeError('not a number', { cause: new RangeError('too far') })
  const { net } = served(() => ({ thrown }))
  const error: unknown = await net
    .functions<Handler>('x')
    .add(1)
    .catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({ name: 'TypeError', message: 'not a number' })
  expect((error as Error).cause).toBeInstanceOf(RangeError)
})

test('what is no error can be thrown too', async () => {
  const { net } = served(() => ({ thrown: 'enough' }))
  await expect(net.functions<Handler>('x').add(1)).rejects.toBe('enough')
})

test('what cannot be copied is refused before anything is sent', async () => {
  const { net, calls } = served(() => ({ value: 3 }))
  await expect(net.functions<Handler>('x').add((() => 1) as never)).rejects.toMatchObject({ name: 'DataCloneError' })
  expect(calls).toEqual([])
})

test('any word is a method, whatever headers may hold', async () => {
  const { net } = served((name) => ({ value: decodeURIComponent(name) }))
  const client = net.functions<Record<string, () => Promise<string>>>('x')
  expect(await client['größe']?.()).toBe('größe')
})

test('what is thrown between here and there is a HitherError', async () => {
  const { net } = netOf(async () => answer('Not found', { status: 404, headers: [['content-type', 'text/plain']] }))
  await expect(net.functions<Handler>('x').add(1)).rejects.toMatchObject({
    code: 'bad-answer',
    why: expect.stringContaining('404') as string,
  })
})

test('a client is no promise, and can be handed on', async () => {
  const { net } = served(() => ({ value: 3 }))
  const client = await Promise.resolve(net.functions<Handler>('x'))
  const { add } = client
  expect(await add(1, 2)).toBe(3)
  expect(`${typeof client} ${JSON.stringify([1])}`).toBe('object [1]')
})

test('the types are those of the module, from afar', () => {
  type Client = Functions<Handler>
  expectTypeOf<keyof Client>().toEqualTypeOf<'add' | 'find'>()
  expectTypeOf<Client['add']>().toEqualTypeOf<(a: number, b?: number) => Promise<number>>()
  expectTypeOf<Client['find']>().toEqualTypeOf<(query: { name: string }) => Promise<Date | undefined>>()
})
