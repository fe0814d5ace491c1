import { describe, expect, test } from 'vitest'
import { start, startHandler } from './start.ts'

const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251)

describe('a request', () => {
  test('comes with method, URL, headers and body', async () => {
    const { fetch } = startHandler(`return Response.json({
      method: request.method, url: request.url, headers: [...request.headers], text: await request.text() })`)
    const { text } = await fetch({
      method: 'PUT',
      url: 'http://fn.localhost/a/b?c=d%20e',
      headers: [
        ['X-One', '1'],
        ['cookie', 'a=b'],
        ['cookie', 'c=d'],
      ],
      body: new TextEncoder().encode('grüße'),
    })
    expect(JSON.parse(text)).toEqual({
      method: 'PUT',
      url: 'http://fn.localhost/a/b?c=d%20e',
      headers: [
        ['cookie', 'a=b; c=d'],
        ['x-one', '1'],
      ],
      text: 'grüße',
    })
  })

  test('may be a view into a larger buffer, which stays whole', async () => {
    const { fetch } = startHandler(`return new Response(await request.arrayBuffer())`)
    const body = bytes.subarray(10, 20)
    expect((await fetch({ method: 'POST', body })).body).toEqual(body)
    expect(bytes.length).toBe(70_000)
  })

  test.each([
    [
      'form',
      'application/x-www-form-urlencoded',
      'a=1&b=%C3%A4',
      [
        ['a', '1'],
        ['b', 'ä'],
      ],
    ],
    [
      'multipart form',
      'multipart/form-data; boundary=xx',
      '--xx\r\nContent-Disposition: form-data; name="f"; filename="ä.txt"\r\nContent-Type: text/plain\r\n\r\nhällo\r\n--xx--\r\n',
      [['f', 'ä.txt', 'text/plain', 'hällo']],
    ],
  ])('reads a %s', async (_name, type, body, expected) => {
    const { fetch } = startHandler(`const entries = [...await request.formData()]
      return Response.json(await Promise.all(entries.map(async ([name, value]) =>
        typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()])))`)
    const { text } = await fetch({
      method: 'POST',
      headers: [['content-type', type]],
      body: new TextEncoder().encode(body),
    })
    expect(JSON.parse(text)).toEqual(expected)
  })

  test('reads JSON', async () => {
    const { fetch } = startHandler(`return new Response((await request.json()).name)`)
    expect((await fetch({ method: 'POST', body: new TextEncoder().encode('{"name":"Ada"}') })).text).toBe('Ada')
  })
})

describe('an answer', () => {
  test('keeps each cookie a header of its own', async () => {
    const { fetch } = startHandler(`const headers = new Headers({ 'X-Many': 'a' })
      headers.append('x-many', 'b'); headers.append('set-cookie', 'a=1; Path=/'); headers.append('set-cookie', 'b=2')
      return new Response(null, { status: 201, headers })`)
    expect(await fetch()).toMatchObject({
      status: 201,
      headers: [
        ['x-many', 'a, b'],
        ['set-cookie', 'a=1; Path=/'],
        ['set-cookie', 'b=2'],
      ],
      text: '',
    })
  })

  test.each([
    ['text', `'hällo'`, 'hällo', 'text/plain;charset=UTF-8'],
    ['a lone surrogate', `'\\ud800'`, '\ufffd', 'text/plain;charset=UTF-8'],
    [
      'URLSearchParams',
      `new URLSearchParams({ a: 'ä' })`,
      'a=%C3%A4',
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
    ['a Blob', `new Blob(['hä', 'llo'], { type: 'text/x' })`, 'hällo', 'text/x'],
    ['bytes', `new TextEncoder().encode('hällo')`, 'hällo', undefined],
    ['part of a buffer', `new TextEncoder().encode('hällo').subarray(1, 3)`, 'ä', undefined],
    ['a stream', `new Blob(['hällo']).stream()`, 'hällo', undefined],
    [
      'a piped stream',
      `new Blob(['hällo']).stream().pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())`,
      'hällo',
      undefined,
    ],
  ])('has a body of %s', async (_name, body, text, type) => {
    const answer = await startHandler(`return new Response(${body})`).fetch()
    expect(answer.text).toBe(text)
    expect(Object.fromEntries(answer.headers)['content-type']).toBe(type)
  })

  test('has a body of a form', async () => {
    const { headers, text } = await startHandler(`const form = new FormData(); form.append('a', 'ä')
      form.append('f', new File(['x'], 'f.txt')); return new Response(form)`).fetch()
    expect(headers[0]?.[1]).toMatch(/^multipart\/form-data; boundary=/)
    expect(text).toMatch(/name="a"\r\n\r\nä\r\n[\s\S]*filename="f.txt"[\s\S]*\r\n\r\nx\r\n/)
  })

  test('can be the request’s own body, byte for byte', async () => {
    const { fetch } = startHandler(`return new Response(request.body)`)
    expect((await fetch({ method: 'POST', body: bytes })).body).toEqual(bytes)
  })

  test('of server-sent events is read to the end', async () => {
    const { fetch } = startHandler(`let n = 0
      const events = new ReadableStream({ async pull(controller) {
        await new Promise((ok) => setTimeout(ok, 2))
        if (n === 3) controller.close()
        else controller.enqueue(new TextEncoder().encode('data: ' + n++ + '\\n\\n')) } })
      return new Response(events, { headers: { 'content-type': 'text/event-stream' } })`)
    expect((await fetch()).text).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n')
  })

  test.each([
    ['nothing', ``, 'returned nothing'],
    ['a text', `return 'text'`, `returned 'text', not a Response`],
    ['a look-alike', `return { status: 200, headers: new Headers() }`, 'not a Response'],
    ['a network error', `return Response.error()`, 'Response.error()'],
    ['a body that was read', `const r = new Response('x'); await r.text(); return r`, 'has been read'],
    ['a body that is locked', `const r = new Response('x'); r.body.getReader(); return r`, 'has been read'],
  ])('that is none is refused: %s', async (_name, code, why) => {
    const error = await startHandler(code).fail()
    expect(error).toMatchObject({ code: 'handler-bad-response', why: expect.stringContaining(why) })
  })

  test.each([
    ['text', `'x'.repeat(2000)`],
    ['text of wide characters', `'ä'.repeat(600)`],
    ['bytes', `new Uint8Array(2000)`],
    ['a stream without end', `new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(100)) })`],
  ])('over the limit is cut off: %s', async (_name, body) => {
    const { fail, fetch } = start(`export default (request) =>
      new Response(request.url.endsWith('small') ? 'fits' : ${body})`)
    expect(await fail({}, { bodyBytes: 1000 })).toMatchObject({ code: 'result-too-large' })
    expect((await fetch({ url: 'http://fn.localhost/small' })).text).toBe('fits')
  })

  test('has at most 256 headers', async () => {
    const { fetch, fail } = startHandler(`const headers = new Headers()
      for (let i = Number(request.headers.get('count')); i > 0; i--) headers.append('set-cookie', 'c' + i)
      return new Response(null, { headers })`)
    expect((await fetch({ headers: [['count', '256']] })).headers).toHaveLength(256)
    expect(await fail({ headers: [['count', '257']] })).toMatchObject({ code: 'result-too-large' })
  })

  test('with more headers than HTTP carries is refused', async () => {
    const { fail } = startHandler(`return new Response('', { headers: { a: 'x'.repeat(40_000) } })`)
    expect(await fail()).toMatchObject({
      code: 'result-too-large',
      fix: 'answer with less in the headers, and more in the body',
    })
  })
})

describe('a handler that fails', () => {
  test.each([
    ['throws', `export default function handle() { throw new TypeError('no') }`],
    ['rejects', `export default async function handle() { await 0; throw new TypeError('no') }`],
  ])('%s, and says where', async (_name, code) => {
    expect(await start(code).fail()).toEqual({
      code: 'handler-failed',
      message: 'the handler threw TypeError: no',
      data: {
        name: 'TypeError',
        message: 'no',
        stack: expect.stringMatching(/^at (async )?handle \(fn:test:1:\d+\)$/),
      },
    })
  })

  test.each([
    ['null', `throw null`, 'threw null'],
    ['text', `throw 'no'`, 'threw no'],
    ['an object', `throw { code: 3 }`, 'threw { code: 3 }'],
    [
      'an error of its own',
      `class OddError extends Error { name = 'OddError' } throw new OddError('odd')`,
      'threw OddError: odd',
    ],
    [
      'an error that cannot be read',
      `throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })`,
      'cannot be read',
    ],
    ['a revoked proxy', `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy`, 'threw'],
    [
      'a broken stream',
      `return new Response(new ReadableStream({ pull() { throw new Error('dry') } }))`,
      'threw Error: dry',
    ],
    ['chunks of text', `return new Response(new ReadableStream({ pull: (c) => c.enqueue('text') }))`, 'no Uint8Array'],
  ])('by throwing %s', async (_name, code, message) => {
    expect(await startHandler(code).fail()).toMatchObject({
      code: 'handler-failed',
      message: expect.stringContaining(message),
    })
  })

  test('with a message without end keeps a part of it', async () => {
    const error = await startHandler(`throw new Error('x'.repeat(1e6))`).fail()
    expect(JSON.stringify(error).length).toBeLessThan(10_000)
  })
})
