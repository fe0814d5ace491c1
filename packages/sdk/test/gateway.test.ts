import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { getEventListeners, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { encodeMessage, parseCid, publisherId, sealReceipts, signerFromSeed, type Receipt } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import { connect, type Net } from '../src/http.ts'

const CID = `bafyrei${'a'.repeat(52)}`

/** What gateways tell of every call. */
const KNOWN = { 'hither-call': 'call-1', 'hither-cid': 'bafy', 'hither-peer': 'runner' }

/** A gateway of which only what a test needs is there. */
async function gateway(serve: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<Net> {
  const server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return connect({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
}

/** Answers with what it was asked, as JSON. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request
  const body = await text(request)
  response.writeHead(201, KNOWN).end(JSON.stringify({ method, url, headers, body }))
}

test('a call is a request to the function behind its gateway', async () => {
  const net = await gateway(echo)
  const response = await net.fetch('ann/shop', '/cart?x=1', {
    method: 'PUT',
    headers: { 'x-test': '1' },
    body: 'hello',
    deadline: '5s',
    wait: 0,
    hedge: '200ms',
    labels: ['gpu', 'shop-7'],
    idempotencyKey: 'k',
    prefer: ['p', 'q'],
    avoid: ['r'],
    require: ['label:fast'],
    tier: 'filtered',
  })
  expect(response.status).toBe(201)
  expect(net.info(response)).toEqual({ call: 'call-1', cid: 'bafy', peer: 'runner' })
  expect(await response.json()).toMatchObject({
    method: 'PUT',
    url: '/fn/ann/shop/cart?x=1',
    headers: {
      'x-test': '1',
      'content-type': 'text/plain;charset=UTF-8',
      'hither-deadline': '5000ms',
      'hither-wait': 'off',
      'hither-hedge': '200ms',
      'hither-labels': 'gpu, shop-7',
      'hither-require': 'label:fast',
      'idempotency-key': 'k',
      'hither-prefer': 'p, q',
      'hither-avoid': 'r',
      'hither-tier': 'filtered',
    },
    body: 'hello',
  })
})

test('lists that name nobody are not said at all', async () => {
  const net = await gateway(echo)
  const response = await net.fetch('ann/shop', '/', { prefer: [], avoid: [], require: [], labels: [] })
  const { headers } = (await response.json()) as { headers: Record<string, string> }
  expect(Object.keys(headers).filter((name) => name.startsWith('hither-'))).toEqual([])
})

test('requests, streams and forms are sent as they are', async () => {
  const net = await gateway(echo)
  const request = new Request('http://any.example/a?b', { method: 'POST', body: 'hello' })
  expect(await (await net.fetch('x', request)).json()).toMatchObject({ url: '/own/x/a?b', body: 'hello' })
  const stream = new Blob(['hel', 'lo']).stream()
  expect(await (await net.fetch('x', '/', { method: 'POST', body: stream })).json()).toMatchObject({ body: 'hello' })
  const form = new URLSearchParams({ a: 'b' })
  expect(await (await net.fetch('x', '/', { method: 'POST', body: form })).json()).toMatchObject({ body: 'a=b' })
})

test('names and paths lead to no other place of the gateway', async () => {
  const net = await gateway(echo)
  const url = async (name: string, path: string): Promise<unknown> =>
    ((await (await net.fetch(name, path)).json()) as { url: string }).url
  const key = publisherId(new Uint8Array(32).fill(7))
  expect(await url(`${key}/x`, '/../../-/status')).toBe(`/fn/${key}/x/-/status`)
  expect(await url('x', '/%2e%2e/y')).toBe('/own/x/y')
  expect(await url(CID, '/y')).toBe(`/cid/${CID}/y`)
  for (const name of ['..', 'a/..', '../a', 'a/b/c', '', 'x?y', '-']) {
    await expect(net.fetch(name), name).rejects.toMatchObject({ code: 'bad-name' })
  }
})

test('what the gateway says of a failure is thrown as what it was', async () => {
  const net = await gateway((_, response) => {
    const error = { code: 'no-runner', message: 'nobody', why: 'w', fix: 'f' }
    response.writeHead(503, { 'hither-error': 'no-runner' }).end(JSON.stringify({ error }))
  })
  await expect(net.fetch('x')).rejects.toMatchObject({ name: 'NoRunner', code: 'no-runner', why: 'w', fix: 'f' })
  const wordless = await gateway((_, response) => response.writeHead(504, { 'hither-error': 'timeout' }).end('<html>'))
  await expect(wordless.fetch('x')).rejects.toMatchObject({ code: 'timeout' })
})

test("a function's own statuses and redirects are answers", async () => {
  const net = await gateway((request, response) => {
    const status = Number(request.url?.slice('/own/x/'.length))
    response.writeHead(status, { ...KNOWN, location: '/elsewhere' }).end()
  })
  for (const status of [204, 302, 404, 500]) expect((await net.fetch('x', `/${status}`)).status).toBe(status)
})

test('what is no gateway, and what is not there, is said so', async () => {
  const other = await gateway((_, response) => response.end('Welcome to nginx'))
  await expect(other.fetch('x')).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringContaining('no gateway') as string,
  })
  const none = await gateway((_, response) => response.destroy())
  await expect(none.fetch('x')).rejects.toMatchObject({ code: 'link-lost', fix: expect.any(String) as string })
  await expect(connect({ url: 'nowhere' })).rejects.toMatchObject({ code: 'usage' })
})

test('a short answer that nobody reads holds nothing of its call once it is here', async () => {
  const net = await gateway((_, response) => response.writeHead(200, KNOWN).end('short'))
  const { signal } = new AbortController()
  const response = await net.fetch('x', '/', { signal })
  await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([])
  expect(await response.text()).toBe('short')
})

test('an answer comes as it is made; one that breaks off is no short one', async () => {
  const rest = Promise.withResolvers<void>()
  const net = await gateway((_, response) => {
    response.writeHead(200, KNOWN).write('half')
    void rest.promise.then(() => response.destroy())
  })
  const response = await net.fetch('x')
  const reader = response.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('half')
  rest.resolve()
  await expect(reader?.read()).rejects.toMatchObject({ code: 'link-lost', message: 'the answer broke off' })
  await expect(net.receipt(response)).rejects.toMatchObject({ code: 'link-lost' })
})

test('cancelling the stream, a signal, a deadline and closing all end the request', async () => {
  const ended: Promise<unknown>[] = []
  const net = await gateway((_, response) => {
    ended.push(once(response, 'close'))
    response.writeHead(200, KNOWN).write('half')
  })
  const started = async (init?: object): Promise<Response> => net.fetch('x', '/', init)
  await (await started()).body?.cancel()
  const controller = new AbortController()
  const signalled = (await started({ signal: controller.signal })).text()
  // On a busy machine it passes before the answer has begun.
  const late = started({ deadline: 50 }).then((response) => response.text())
  const timedOut = expect(late).rejects.toMatchObject({ code: 'timeout' })
  const open = (await started()).text()
  controller.abort()
  await expect(signalled).rejects.toMatchObject({ code: 'cancelled' })
  await timedOut
  await Promise.all([expect(open).rejects.toMatchObject({ code: 'cancelled' }), net.close()])
  await Promise.all(ended)
  await expect(net.fetch('x')).rejects.toMatchObject({ code: 'usage' })
})

test("a receipt is the gateway's, and its signature is checked here", async () => {
  const signer = await signerFromSeed(new Uint8Array(32).fill(3))
  // The peer id that holds its public key.
  const runner = '12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba'
  const receipt: Receipt = {
    function: parseCid(CID).bytes,
    request: new Uint8Array(32),
    result: new Uint8Array(32),
    runner,
    runMs: 1,
    cpuMs: 1,
  }
  const digest = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
  const tree = await sealReceipts([receipt], (bytes) => signer.sign(bytes), digest)
  const sealed = { receipt, seal: tree.seal(0, digest) }
  let more: object = {}
  const net = await gateway((request, response) => {
    const call = /^\/-\/receipt\/(.*)/.exec(request.url ?? '')?.[1]
    const kept = { call, cid: 'bafy', time: 1, ...sealed, ...more }
    if (call === undefined) response.writeHead(200, KNOWN).end('hello')
    else response.setHeader('content-type', 'application/cbor').end(encodeMessage(kept))
  })
  const response = await net.fetch('x')
  const waiting = net.receipt(response)
  await response.text()
  expect(await waiting).toMatchObject({ call: 'call-1', cid: 'bafy', receipt: { runner, runMs: 1 } })
  expect(await net.receipt('a/b')).toMatchObject({ call: 'a%2Fb' })
  more = { receipt: { ...receipt, runMs: 2 } }
  await expect(net.receipt('call-1')).rejects.toMatchObject({ code: 'bad-answer' })
})

test('a gateway that gives no receipts is said not to', async () => {
  const silent = await gateway((_, response) => response.writeHead(404).end())
  await expect(silent.receipt('call-1')).rejects.toMatchObject({ code: 'unsupported' })
  const refused = (code: string) => async (_: unknown, response: ServerResponse) =>
    response.writeHead(404, { 'hither-error': code }).end(JSON.stringify({ error: { code, message: 'no' } }))
  const other = await gateway(refused('unknown-name'))
  await expect(other.receipt('call-1')).rejects.toMatchObject({ code: 'unsupported' })
  const giving = await gateway(refused('unknown-receipt'))
  await expect(giving.receipt('call-1')).rejects.toMatchObject({ code: 'unknown-receipt' })
})

test('a call whose answer breaks is over, though nobody reads it', async () => {
  const breaking = Promise.withResolvers<void>()
  const net = await gateway((request, response) => {
    response.writeHead(200, KNOWN).write('part')
    void breaking.promise.then(() => request.socket.destroy())
  })
  const response = await net.fetch('x')
  breaking.resolve()
  await expect(net.receipt(response)).rejects.toMatchObject({ code: 'link-lost' })
})
