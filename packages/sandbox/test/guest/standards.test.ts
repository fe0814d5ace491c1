import { describe, expect, test } from 'vitest'
import { start, startHandler } from './start.ts'

/** What an expression gives inside, as JSON. */
async function inside(body: string): Promise<unknown> {
  return JSON.parse((await startHandler(`return Response.json(await (async () => { ${body} })())`).fetch()).text)
}

describe('errors', () => {
  test('of the platform are Errors, and no subclass of them', async () => {
    expect(
      await inside(`const error = new DOMException('why', 'AbortError')
        return [Error.isError(error), error instanceof Error, Object.getPrototypeOf(DOMException) === Function.prototype,
          error.code, Object.hasOwn(error, 'message'), error.stack.split('\\n')[0], String(error), DOMException.INUSE_ATTRIBUTE_ERR]`),
    ).toEqual([true, true, true, 20, false, 'AbortError: why', 'AbortError: why', 10])
  })

  test('about a quota say how much there may be', async () => {
    expect(
      await inside(`const error = new QuotaExceededError('full', { quota: 1, requested: 2 })
        const refused = []
        for (const bad of [{ quota: -1 }, { quota: NaN }, { quota: 2, requested: 1 }])
          try { new QuotaExceededError('', bad) } catch (thrown) { refused.push(thrown.name) }
        let thrown
        try { crypto.getRandomValues(new Uint8Array(65_537)) } catch (error) { thrown = error }
        return [error instanceof DOMException, error.name, error.code, error.quota, error.requested, refused,
          thrown instanceof QuotaExceededError, thrown.quota]`),
    ).toEqual([true, 'QuotaExceededError', 22, 1, 2, ['RangeError', 'TypeError', 'RangeError'], true, null])
  })

  test('that nobody caught go to listeners on the global object, and else to the log', async () => {
    const { fetch, logs } = startHandler(`const seen = []
      addEventListener('error', (event) => { seen.push([event.error.message, event.isTrusted]); event.preventDefault() }, { once: true })
      reportError(new Error('first'))
      onerror = (message) => { seen.push(message); return true }
      queueMicrotask(() => { throw new RangeError('second') })
      await null; await null
      onerror = null
      reportError(new Error('third'))
      return Response.json(seen)`)
    expect(JSON.parse((await fetch()).text)).toEqual([['first', true], 'Uncaught RangeError: second'])
    expect(logs.map(({ text }) => text)).toEqual([expect.stringContaining('third')])
  })
})

describe('messages', () => {
  test('go through a channel as copies, in order, and in turns of their own', async () => {
    expect(
      await inside(`const { port1, port2 } = new MessageChannel(), seen = [], value = { at: 1 }
        const all = new Promise((done) => (port2.onmessage = ({ data }) => { seen.push(data); if (data === 'end') done() }))
        port1.postMessage(value); port1.postMessage('end'); value.at = 2; seen.push('sent')
        await all; return seen`),
    ).toEqual(['sent', { at: 1 }, 'end'])
  })

  test('bring ports and buffers along, and leave nothing behind', async () => {
    expect(
      await inside(`const one = new MessageChannel(), two = new MessageChannel(), bytes = new Uint8Array([1, 2]).buffer
        one.port1.postMessage({ bytes, port: two.port1 }, [bytes, two.port1])
        const { data, ports } = await new Promise((ok) => (one.port2.onmessage = ok))
        const echoed = new Promise((ok) => (two.port2.onmessage = ok))
        data.port.postMessage('hello')
        return [bytes.detached, data.bytes.byteLength, ports[0] === data.port, data.port === two.port1, (await echoed).data]`),
    ).toEqual([true, 2, true, false, 'hello'])
  })

  test('move nothing where copying fails', async () => {
    expect(
      await inside(`const buffer = new ArrayBuffer(1), { port1 } = new MessageChannel(); let name
        try { structuredClone({ buffer, bad() {} }, { transfer: [buffer] }) } catch (error) { name = error.name }
        let again
        try { port1.postMessage(1, [port1]) } catch (error) { again = error.name }
        return [name, buffer.detached, again]`),
    ).toEqual(['DataCloneError', false, 'DataCloneError'])
  })
})

test('clones keep boxed values, quotas and growing buffers', async () => {
  expect(
    await inside(`const buffer = structuredClone(new ArrayBuffer(1, { maxByteLength: 4 }))
      return [structuredClone([Object(1), Object('x'), Object(false), Object(2n)]).map((box) => typeof box + String(box)),
        structuredClone(new QuotaExceededError('', { quota: 3 })).quota, buffer.maxByteLength]`),
  ).toEqual([['object1', 'objectx', 'objectfalse', 'object2'], 3, 4])
})

test('blobs read their options by name, and their parts one by one', async () => {
  expect(
    await inside(`const read = []
      new Blob([], { get type() { read.push('type') }, get endings() { read.push('endings') } })
      const parts = ['a', { toString() { parts.pop(); return 'b' } }, 'c']
      const refused = []
      for (const bad of [1, 'x', { endings: 'other' }]) try { new Blob([], bad) } catch (error) { refused.push(error.name) }
      return [read, await new Blob(parts).text(), refused, await new Blob(['abc']).slice(0.4, 1.6).text()]`),
  ).toEqual([['endings', 'type'], 'ab', ['TypeError', 'TypeError', 'TypeError'], 'ab'])
})

test('user code cannot divert what a body’s methods read', async () => {
  expect(
    await inside(`Object.prototype.then = function (ok) { ok({ done: false, value: 'evil' }) }
      const stream = new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('good')); c.close() } })
      const read = new Response(stream).text()
      delete Object.prototype.then
      return read`),
  ).toBe('good')
})

test('the clone of an answer has chunks of its own', async () => {
  expect(
    await inside(`const chunk = new Uint8Array([1]), stream = new ReadableStream({ start(c) { c.enqueue(chunk); c.close() } })
      const answer = new Response(stream), [one, two] = [answer.clone().body.getReader(), answer.body.getReader()]
      const [copy, same] = [(await one.read()).value, (await two.read()).value]
      return [same === chunk, copy === chunk, copy[0]]`),
  ).toEqual([true, false, 1])
})

test('URL patterns match hosts, ports, names and sets as the standard has them', async () => {
  expect(
    await inside(`const pattern = new URLPattern({ pathname: '/:größe/*', hostname: '*.example.com' })
      const { pathname } = pattern.exec('https://a.example.com/1/x?y').pathname.groups === undefined ? {} : pattern
      return [pattern.exec('https://a.example.com/1/x').pathname.groups, pathname, new URLPattern({ port: '80' }).test({ port: '80x' }),
        new URLPattern({ pathname: '/([[a-z]--a])' }).test({ pathname: '/a' }), new URLPattern({ pathname: '/:𠀀' }).test({ pathname: '/f' })]`),
  ).toEqual([{ größe: '1', 0: 'x' }, '/:größe/*', true, false, true])
})

test('what follows a signal aborts after its listeners', async () => {
  expect(
    await inside(`const controller = new AbortController(), request = new Request('http://x/', { signal: controller.signal }), seen = []
      request.signal.onabort = () => seen.push('request')
      controller.signal.onabort = () => seen.push('signal')
      controller.abort(); return seen`),
  ).toEqual(['signal', 'request'])
})

test('WebAssembly compiles what is answered with its type, and nothing else', async () => {
  expect(
    await inside(`const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
      const answer = (type, status = 200) => new Response(bytes, { status, headers: { 'content-type': type } })
      const { module, instance } = await WebAssembly.instantiateStreaming(Promise.resolve(answer('application/wasm')))
      const refused = []
      for (const bad of [answer('text/plain'), answer('application/wasm', 404), {}])
        await WebAssembly.compileStreaming(bad).catch((error) => refused.push(error.name))
      return [module instanceof WebAssembly.Module, instance instanceof WebAssembly.Instance, refused]`),
  ).toEqual([true, true, ['TypeError', 'TypeError', 'TypeError']])
})

test('interfaces look as Web IDL has them', async () => {
  const { fetch } = start(`export default () => {
    const event = new Event('x')
    return Response.json([Object.keys(Event.prototype).includes('preventDefault'), String(event), Object.prototype.toString.call(console),
      Object.keys(globalThis).includes('console'), event.eventPhase === Event.NONE, navigator.userAgent])
  }`)
  expect(JSON.parse((await fetch()).text)).toEqual([true, '[object Event]', '[object console]', false, true, 'hither'])
})

describe('a body that is here whole', () => {
  test('has one stream, made when it is asked for, and is used once that was read', async () => {
    expect(
      await inside(`const seen = []
        for (const body of [new Response('\\u00fc'), new Response(new Uint8Array([195, 188])), new Request('http://a/', { method: 'POST', body: '\\u00fc' })]) {
          seen.push(body.bodyUsed, body.body === body.body, body.body.locked)
          const reader = body.body.getReader({ mode: 'byob' })
          const { value } = await reader.read(new Uint8Array(8))
          seen.push([...value], body.bodyUsed, await body.text().catch(({ name }) => name))
        }
        return seen`),
    ).toEqual([1, 2, 3].flatMap(() => [false, true, false, [195, 188], true, 'TypeError']))
  })

  test('is read by any method once, and clones of it as often', async () => {
    expect(
      await inside(`const one = new Response('[1]', { headers: { 'content-type': 'text/html' } }), two = one.clone(), three = two.clone()
        const locked = new Response('x'); locked.body.getReader()
        const refused = []
        for (const used of [one, locked]) { await used.json().catch(() => {}); try { used.clone() } catch ({ name }) { refused.push(name) } }
        return [await two.json(), await three.text(), refused, one.bodyUsed, two.bodyUsed]`),
    ).toEqual([[1], '[1]', ['TypeError', 'TypeError'], true, true])
  })

  test('is not sent where its stream is locked or was read', async () => {
    for (const use of ['answer.body.getReader()', 'await answer.text()', 'await answer.body.cancel()']) {
      const { fail } = startHandler(`const answer = new Response('x'); ${use}; return answer`)
      expect(await fail(), use).toMatchObject({ code: 'handler-bad-response' })
    }
  })

  test('is JSON as it is written, whatever characters are in it', async () => {
    const { fetch } = startHandler(`return Response.json({ a: '\\u00fc\\u{1f600}', lone: '\\ud800' }, { status: 201 })`)
    const { text, status } = await fetch()
    expect({ text, status }).toMatchObject({ text: '{"a":"\u00FC\u{1F600}","lone":"\\ud800"}', status: 201 })
  })
})
