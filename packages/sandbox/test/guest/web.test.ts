import { describe, expect, test } from 'vitest'
import { startHandler } from './start.ts'

/** What an expression gives inside, as JSON. */
async function inside(body: string): Promise<unknown> {
  return JSON.parse((await startHandler(`return Response.json(await (async () => { ${body} })())`).fetch()).text)
}

describe('events', () => {
  test('reach listeners once, in order, until one stops them', async () => {
    const seen = await inside(`const target = new EventTarget(), seen = []
      const twice = () => seen.push('twice')
      target.addEventListener('x', twice); target.addEventListener('x', twice)
      target.addEventListener('x', () => seen.push('once'), { once: true })
      target.addEventListener('x', { handleEvent(event) { seen.push(event.detail); event.preventDefault() } })
      target.addEventListener('x', () => { throw new Error('ignored') })
      target.addEventListener('x', (event) => { if (event.detail === 2) event.stopImmediatePropagation() })
      target.addEventListener('x', () => seen.push('last'))
      seen.push(target.dispatchEvent(new CustomEvent('x', { detail: 1, cancelable: true })))
      seen.push(target.dispatchEvent(new CustomEvent('x', { detail: 2 })))
      return seen`)
    expect(seen).toEqual(['twice', 'once', 1, 'last', false, 'twice', 2, true])
  })

  test('stop for a listener whose signal is aborted', async () => {
    const seen = await inside(`const target = new EventTarget(), seen = [], controller = new AbortController()
      target.addEventListener('x', () => seen.push(1), { signal: controller.signal })
      target.dispatchEvent(new Event('x')); controller.abort(); target.dispatchEvent(new Event('x')); return seen`)
    expect(seen).toEqual([1])
  })
})

describe('abort signals', () => {
  test('abort once, with a reason, and those that follow them', async () => {
    const seen = await inside(`const controller = new AbortController(), seen = []
      const any = AbortSignal.any([AbortSignal.any([controller.signal]), new AbortController().signal])
      any.onabort = () => seen.push(any.reason.name)
      controller.signal.addEventListener('abort', () => seen.push(any.aborted))
      controller.abort(); controller.abort(new Error('late'))
      try { any.throwIfAborted() } catch (error) { seen.push(error instanceof DOMException && error.code) }
      return seen`)
    expect(seen).toEqual([true, 'AbortError', 20])
  })

  test('reach each that follows them once, by however many ways', async () => {
    const seen = await inside(`const controller = new AbortController(), seen = []
      const first = AbortSignal.any([controller.signal, AbortSignal.timeout(50_000)])
      const second = AbortSignal.any([controller.signal, first])
      const third = new Request('http://x/', { signal: second }).signal
      for (const [at, signal] of [first, second, third].entries()) signal.addEventListener('abort', () => seen.push(at))
      controller.abort()
      return seen`)
    expect(seen).toEqual([0, 1, 2])
  })

  test('can be a timeout’s', async () => {
    expect(
      await inside(
        `const signal = AbortSignal.timeout(2); await new Promise((ok) => (signal.onabort = ok)); return signal.reason.name`,
      ),
    ).toBe('TimeoutError')
  })

  test('follow that of a request which was copied', async () => {
    expect(
      await inside(`const controller = new AbortController()
        const copy = new Request(new Request('http://x/', { signal: controller.signal })); controller.abort('why')
        return [copy.signal.aborted, copy.signal.reason]`),
    ).toEqual([true, 'why'])
  })

  test('that were aborted before a fetch cancel what it would have sent, at once', async () => {
    expect(
      await inside(`let reason, failed
        const body = new ReadableStream({ cancel: (why) => void (reason = why) })
        const fetching = fetch('http://x/', { method: 'POST', body, duplex: 'half', signal: AbortSignal.abort() })
        const before = reason
        await fetching.catch((error) => void (failed = error))
        return [before?.name, before === failed]`),
    ).toEqual(['AbortError', true])
  })
})

test('structuredClone copies cycles, keeps types and refuses functions', async () => {
  expect(
    await inside(`const value = { date: new Date(1), map: new Map([[1, { a: 1 }]]), set: new Set(['x']), big: 3n, re: /x/gi,
        view: new Uint16Array([1, 2, 3]).subarray(1), error: new RangeError('no', { cause: 1 }), list: [1, , 3] }
      value.self = value
      const copy = structuredClone(value), buffer = new ArrayBuffer(4), moved = structuredClone(buffer, { transfer: [buffer] })
      const refused = []
      for (const bad of [() => {}, Symbol(), { f() {} }, Promise.resolve(), new WeakMap()])
        try { structuredClone(bad) } catch (error) { refused.push(error.name) }
      return [copy.self === copy, copy.date.getTime(), copy.map.get(1).a, copy.set.has('x'), copy.big === 3n, String(copy.re),
        [...copy.view], copy.error instanceof RangeError, copy.error.cause, moved.byteLength, buffer.detached, refused]`),
  ).toEqual([
    true,
    1,
    1,
    true,
    true,
    '/x/gi',
    [2, 3],
    true,
    1,
    4,
    true,
    Array.from({ length: 5 }, () => 'DataCloneError'),
  ])
})

test('blobs slice, join and read', async () => {
  expect(
    await inside(`const blob = new Blob(['hä', new Uint8Array([33]), new Blob(['llo'])], { type: 'Text/X' })
      const file = new File([blob], 'f', { lastModified: 5 })
      return [blob.size, blob.type, await blob.text(), await blob.slice(-3, -1, 'a').text(), (await blob.bytes()).length,
        file.name, file.lastModified, file instanceof Blob, String(file), await new Response(file.stream()).text()]`),
  ).toEqual([7, 'text/x', 'hä!llo', 'll', 7, 'f', 5, true, '[object File]', 'hä!llo'])
})

test('base64 goes both ways and refuses what is none', async () => {
  expect(
    await inside(`const names = []
      for (const attempt of [() => atob('a'), () => atob('a*=='), () => btoa('€')]) try { attempt() } catch (e) { names.push(e.name) }
      return [btoa(''), btoa('a'), btoa('ab'), btoa('abc\\xff'), atob(' YW Jj/w= ='), names]`),
  ).toEqual(['', 'YQ==', 'YWI=', 'YWJj/w==', 'abcÿ', Array.from({ length: 3 }, () => 'InvalidCharacterError')])
})

test('crypto gives random numbers', async () => {
  const [uuids, different, errors] = (await inside(`const errors = []
    for (const bad of [new Float64Array(1), new Uint8Array(65_537), [1]]) try { crypto.getRandomValues(bad) } catch (e) { errors.push(e.name) }
    const big = crypto.getRandomValues(new Uint32Array(10_000))
    return [Array.from({ length: 1000 }, () => crypto.randomUUID()), new Set(big).size, errors]`)) as [
    string[],
    number,
    string[],
  ]
  expect(new Set(uuids).size).toBe(1000)
  for (const uuid of uuids) expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(different).toBeGreaterThan(9900)
  expect(errors).toEqual(['TypeMismatchError', 'QuotaExceededError', 'TypeMismatchError'])
})

test('URLs, encodings and streams are the standards’', async () => {
  expect(
    await inside(`const url = new URL('../b?x=1#y', 'http://Grüße.example/a/c')
      url.searchParams.append('ä', '&')
      const upper = new TransformStream({ transform: (chunk, c) => c.enqueue(chunk.toUpperCase()) })
      return [url.href, new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0])),
        await new Response(new Blob(['abc']).stream().pipeThrough(new TextDecoderStream()).pipeThrough(upper).pipeThrough(new TextEncoderStream())).text()]`),
  ).toEqual(['http://xn--gre-6ka8l.example/b?x=1&%C3%A4=%26#y', 'あ', 'ABC'])
})

test('a pipe writes after its source has enqueued', async () => {
  expect(
    await inside(`const seen = []
      let source
      const readable = new ReadableStream({ start: (controller) => void (source = controller) }, { highWaterMark: 0 })
      const piped = readable.pipeTo(new WritableStream({ write: (chunk) => void seen.push(chunk) }))
      await null
      source.enqueue('written')
      seen.push('enqueued')
      source.close()
      await piped
      return seen`),
  ).toEqual(['enqueued', 'written'])
})

test('iterators of streams are what async generators are', async () => {
  expect(
    await inside(`const iterator = new ReadableStream().values()
      const inherited = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype)
      const own = Object.getPrototypeOf(iterator)
      return [Object.getPrototypeOf(own) === inherited, Object.keys(own), iterator[Symbol.asyncIterator]() === iterator]`),
  ).toEqual([true, ['next', 'return'], true])
})

test('of bytes that were moved away nothing is decoded', async () => {
  expect(
    await inside(`const buffer = new ArrayBuffer(3), view = new Uint8Array(buffer, 1, 1), texts = []
      new MessageChannel().port1.postMessage(buffer, [buffer])
      for (const chunk of [view, buffer])
        for await (const text of ReadableStream.from([chunk]).pipeThrough(new TextDecoderStream())) texts.push(text)
      return texts`),
  ).toEqual([])
})

test('outbound fetch is refused in words', async () => {
  const error = await startHandler(`return fetch('http://example.org/')`).fail()
  expect(error).toMatchObject({ data: { name: 'TypeError', message: expect.stringContaining('not allowed') } })
})

test('the clock goes on and is coarse', async () => {
  expect(
    await inside(`const started = performance.now(); await new Promise((ok) => setTimeout(ok, 10))
      const passed = performance.now() - started
      return [passed >= 9, Number.isInteger(passed), Math.abs(performance.timeOrigin - Date.now()) < 60_000]`),
  ).toEqual([true, true, true])
})
