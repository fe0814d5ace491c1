import type { ReadableStreamDefaultReader } from 'node:stream/web'
import { HitherError } from '@hither/core'
import { expect, test } from 'vitest'
import { answer, handMade, netOf } from './fakes.ts'

/** The next piece as text; undefined at the end. */
async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value } = await reader.read()
  return value && new TextDecoder().decode(value)
}

function readerOf({ body }: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (body === null) throw new Error('the response has no body')
  return body.getReader()
}

test('an answer is a web response, with every header', async () => {
  const headers: [string, string][] = [
    ['content-type', 'text/plain'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]
  const { net } = netOf(async () => answer('hello', { status: 418, headers }))
  const response = await net.fetch('x')
  expect(response).toBeInstanceOf(Response)
  expect(response.status).toBe(418)
  expect([...response.headers]).toEqual(headers)
  expect(await response.text()).toBe('hello')
})

test('a body that came whole is read as that of any response', async () => {
  const headers: [string, string][] = [['content-type', 'application/json']]
  const ask = (): Promise<Response> => netOf(async () => answer('{"a":1}', { status: 201, headers })).net.fetch('x')
  expect(await (await ask()).json()).toEqual({ a: 1 })
  expect(new TextDecoder().decode(await (await ask()).bytes())).toBe('{"a":1}')
  expect(new TextDecoder().decode(await (await ask()).arrayBuffer())).toBe('{"a":1}')
  const blob = await (await ask()).blob()
  expect([blob.type, await blob.text()]).toEqual(['application/json', '{"a":1}'])
  expect(await next(readerOf(await ask()))).toBe('{"a":1}')
  const intoOwn = (await ask()).body?.getReader({ mode: 'byob' })
  expect(new TextDecoder().decode((await intoOwn?.read(new Uint8Array(16)))?.value)).toBe('{"a":1}')
  const passedOn = await ask()
  expect(await new Response(passedOn.body, passedOn).json()).toEqual({ a: 1 })
  const form: [string, string][] = [['content-type', 'application/x-www-form-urlencoded']]
  const { net } = netOf(async () => answer('a=1&b=2', { headers: form }))
  expect([...(await (await net.fetch('x')).formData())]).toEqual([
    ['a', '1'],
    ['b', '2'],
  ])
})

test('a body is read once, however it is read', async () => {
  const { net } = netOf(async () => answer('hello'))
  const ways = ['text', 'bytes', 'arrayBuffer', 'blob', 'json'] as const
  for (const first of ways.slice(0, 4)) {
    const response = await net.fetch('x')
    expect(response.bodyUsed).toBe(false)
    await response[first]()
    expect([first, response.bodyUsed]).toEqual([first, true])
    for (const second of ways) await expect(response[second]()).rejects.toBeInstanceOf(TypeError)
    expect(() => response.clone()).toThrow(TypeError)
    expect(response.body?.locked || response.bodyUsed).toBe(true)
  }
  const streamed = await net.fetch('x')
  expect(streamed.body).toBe(streamed.body)
  await streamed.body?.cancel()
  await expect(streamed.text()).rejects.toBeInstanceOf(TypeError)
})

test('a clone has the body too, and what one reader makes of it is no other’s affair', async () => {
  const { net } = netOf(async () => answer('hello', { status: 202 }))
  const response = await net.fetch('x')
  const clone = response.clone()
  const bytes = await response.bytes()
  bytes.fill(0)
  expect([clone.status, await clone.text()]).toEqual([202, 'hello'])
  // What is built into a platform reads it past its methods.
  expect(await Response.prototype.text.call(await net.fetch('x'))).toBe('hello')
  expect(() => net.info(clone)).toThrow(/did not come from this net/)
  expect(() => net.info(null as never)).toThrow(/did not come from this net/)
  expect(net.info(response).call).toBeTypeOf('string')
})

test('a byte order mark is no part of a text', async () => {
  const { net } = netOf(async () => answer('\uFEFFhello'))
  expect(await (await net.fetch('x')).text()).toBe('hello')
})

test('redirects are handed over', async () => {
  const { net } = netOf(async () => answer('', { status: 302, headers: [['location', '/elsewhere']] }))
  const { status, headers } = await net.fetch('x')
  expect([status, headers.get('location')]).toEqual([302, '/elsewhere'])
})

test.each([204, 205, 304])('an answer with the status %i has no body', async (status) => {
  const whole = netOf(async () => answer('', { status }))
  expect((await whole.net.fetch('x')).body).toBeNull()
  const streamed = netOf(async (_, options) => {
    const made = handMade(options?.signal)
    made.end()
    return answer(made.body, { status })
  })
  expect((await streamed.net.fetch('x')).body).toBeNull()
  const wrong = netOf(async () => answer('body', { status }))
  await expect(wrong.net.fetch('x')).rejects.toMatchObject({ code: 'bad-answer' })
})

test.each<[string, Parameters<typeof answer>[1]]>([
  ['the status 101', { status: 101 }],
  ['the status 1000', { status: 1000 }],
  ['a header that is none', { headers: [['a b', 'c']] }],
])('%s is no answer', async (_, more) => {
  let signal: AbortSignal | undefined
  const { net } = netOf(async (_params, options) => {
    signal = options?.signal
    return answer('', more)
  })
  await expect(net.fetch('x')).rejects.toMatchObject({ code: 'bad-answer' })
  expect(signal?.aborted).toBe(true)
})

test('a body comes as it is made, and no faster than it is read', async () => {
  const made = handMade(undefined)
  const { net } = netOf(async () => answer(made.body))
  const reader = readerOf(await net.fetch('x'))
  expect(made.asked()).toBe(0)
  const first = next(reader)
  made.give('one')
  made.give('two')
  expect(await first).toBe('one')
  expect(made.asked()).toBe(1)
  expect(await next(reader)).toBe('two')
  made.end()
  expect(await next(reader)).toBeUndefined()
})

test('a piece that is handed on takes nothing else with it', async () => {
  const read = new TextEncoder().encode('one two')
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield read.subarray(0, 4)
    yield read.subarray(4)
  }
  const { net } = netOf(async () => answer(pieces()))
  const reader = readerOf(await net.fetch('x'))
  const { value: one } = await reader.read()
  structuredClone(one?.buffer, { transfer: one === undefined ? [] : [one.buffer] })
  expect(await next(reader)).toBe('two')
})

test('what breaks an answer breaks its stream, with the error itself', async () => {
  const made = handMade(undefined)
  const { net } = netOf(async () => answer(made.body))
  const response = await net.fetch('x')
  made.give('half')
  made.break(new HitherError('link-lost', 'gone', { why: 'pulled the plug' }))
  await expect(response.text()).rejects.toMatchObject({ name: 'LinkLost', code: 'link-lost', why: 'pulled the plug' })
})

test('cancelling the stream cancels the call, even while a piece is awaited', async () => {
  let signal: AbortSignal | undefined
  const { net } = netOf(async (_, options) => {
    signal = options?.signal
    return answer(handMade(signal).body)
  })
  const reader = readerOf(await net.fetch('x'))
  const pending = next(reader)
  await reader.cancel()
  expect(signal?.reason).toMatchObject({ code: 'cancelled' })
  expect(await pending).toBeUndefined()
})

test('what keeps a call from an answer is thrown with its code, words and data', async () => {
  const error = new HitherError('no-runner', 'nobody', { why: 'w', fix: 'f', data: { tried: [] } })
  const { net } = netOf(() => Promise.reject(error))
  await expect(net.fetch('x')).rejects.toBe(error)
})

test.each([
  [undefined, 'cancelled'],
  ['enough', 'cancelled'],
  [new Error('mine'), 'cancelled'],
  [new DOMException('late', 'TimeoutError'), 'timeout'],
])('a signal that fires with %s ends the call as %s', async (reason, code) => {
  const controller = new AbortController()
  const { net } = netOf(
    (_, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason))
        controller.abort(reason)
      }),
  )
  await expect(net.fetch('x', '/', { signal: controller.signal })).rejects.toMatchObject({ code })
  await expect(net.fetch('x', '/', { signal: controller.signal })).rejects.toMatchObject({ code })
})

test('a signal still ends a call whose answer has begun', async () => {
  const controller = new AbortController()
  const { net } = netOf(async (_, options) => answer(handMade(options?.signal).body))
  const response = await net.fetch('x', new Request('http://x/', { signal: controller.signal }))
  const body = response.text()
  controller.abort()
  await expect(body).rejects.toMatchObject({ code: 'cancelled' })
})
