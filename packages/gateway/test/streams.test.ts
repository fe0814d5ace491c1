import { once } from 'node:events'
import { HitherError, type ByteStream } from '@hither/core'
import { expect, test } from 'vitest'
import { answer, start, type Started } from './helpers/gateway.ts'
import { begin } from './helpers/http.ts'
import { raw } from './helpers/raw.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('server-sent events arrive one by one, as they are made', async () => {
  let next = Promise.withResolvers<string>()
  async function* events(): ByteStream {
    for (;;) yield bytes(`data: ${await next.promise}\n\n`)
  }
  const gateway = await start(async () => answer(events(), { headers: [['content-type', 'text/event-stream']] }))
  const message = await begin(gateway)
  message.setEncoding('utf8')
  for (const text of ['one', 'two', 'three']) {
    const { resolve } = next
    next = Promise.withResolvers()
    const heard = once(message, 'data')
    resolve(text)
    expect(await heard).toEqual([`data: ${text}\n\n`])
  }
  message.destroy()
})

test('no more is asked of a function than its client takes', async () => {
  const piece = new Uint8Array(64 * 1024)
  const total = 1024
  let made = 0
  async function* endless(): ByteStream {
    for (; made < total; made++) yield piece.slice()
  }
  const gateway = await start(async () => answer(endless()))
  const message = await begin(gateway)
  // It is not read: sockets hold some megabytes, and then all stands still.
  let before = -1
  while (made !== before) {
    before = made
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(made * piece.length).toBeLessThan(32 * 1024 ** 2)
  let received = 0
  for await (const chunk of message) received += (chunk as Uint8Array).length
  expect(received).toBe(total * piece.length)
})

/** An answer whose stream breaks after its first piece: at once, or when it is told to. */
async function breaking(headers: [string, string][] = [], when: Promise<void> = Promise.resolve()): Promise<Started> {
  async function* part(): ByteStream {
    yield bytes('part')
    await when
    throw new HitherError('link-lost', 'the link broke')
  }
  return start(async () => answer(part(), { headers }))
}

test('an answer that breaks is never taken for a whole one: not by its chunks', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const gateway = await breaking([], promise)
  const client = await raw(gateway.port)
  client.send(`GET / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\n\r\n`)
  await client.until('4\r\npart\r\n')
  resolve()
  const heard = await client.closed
  expect(heard).not.toContain('\r\n0\r\n')
  await expect((await begin(gateway)).toArray()).rejects.toThrow('aborted')
  await expect(fetchText(gateway)).rejects.toThrow('terminated')
})

test('not by its length', async () => {
  const gateway = await breaking([['content-length', '8']])
  await expect((await begin(gateway)).toArray()).rejects.toThrow('aborted')
  await expect(fetchText(gateway)).rejects.toThrow('terminated')
})

test('and not by its end, where only the end of the connection tells it: that is reset', async () => {
  const gateway = await breaking()
  const client = await raw(gateway.port)
  client.send(`GET / HTTP/1.0\r\nhost: a.localhost:${gateway.port}\r\n\r\n`)
  expect(await client.reset).toBe(true)
})

async function fetchText({ port }: Started): Promise<string> {
  const response = await fetch(`http://localhost:${port}/fn/hello`)
  return response.text()
}

test('one that fails before its head is an answer of its own', async () => {
  const gateway = await start(async () => {
    throw new HitherError('link-lost', 'the link broke')
  })
  expect((await begin(gateway)).statusCode).toBe(502)
})

test.each(['before the head', 'in the body'])('a client that leaves %s cancels the call', async (when) => {
  const aborted = Promise.withResolvers<unknown>()
  const gateway = await start(async (_, { signal = AbortSignal.abort() }) => {
    const cancelled = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted.resolve(signal.reason)
        reject(signal.reason)
      })
    })
    async function* one(): ByteStream {
      yield bytes('one')
      await cancelled
    }
    return when === 'in the body' ? answer(one()) : cancelled
  })
  const client = await raw(gateway.port)
  client.send(`GET / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\n\r\n`)
  if (when === 'in the body') await client.until('one')
  else while (gateway.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
  client.socket.destroy()
  expect(await aborted.promise).toMatchObject({ code: 'cancelled' })
})

test('a stream that its client does not take is left when the client goes', async () => {
  const left = Promise.withResolvers<string>()
  async function* endless(): ByteStream {
    try {
      for (;;) yield new Uint8Array(64 * 1024)
    } finally {
      left.resolve('left')
    }
  }
  const gateway = await start(async () => answer(endless()))
  const message = await begin(gateway)
  message.destroy()
  expect(await left.promise).toBe('left')
})
