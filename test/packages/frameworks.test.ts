import { expect, test } from 'vitest'
import { deployed } from '../support/deployed.ts'

/** Packages that answer requests, unmodified, as they come from npm. */

const json = (body: unknown, accept = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept },
  body: JSON.stringify(body),
})

test('hono routes, guards, reads forms and streams events', async () => {
  const { fetch, json: get } = await deployed('packages/hono.ts')
  expect(await get('/api/users/7?q=1&q=2')).toEqual({ id: 7, q: ['1', '2'] })
  const user = await fetch('/api/users/7', { headers: { origin: 'https://app.example' } })
  expect(user.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect((await fetch('/api/users/ann')).status).toBe(404)
  const preflight = await fetch('/api/users/7', { method: 'OPTIONS', headers: { origin: 'https://app.example' } })
  expect(preflight.status).toBe(204)

  expect(await (await fetch('/page')).text()).toBe('<p>&lt;&amp;&gt;</p>')
  const cookies = await fetch('/cookies', { headers: { cookie: 'a=1' } })
  expect([await cookies.json(), cookies.headers.getSetCookie()]).toEqual([{ a: '1' }, ['b=2; Path=/; HttpOnly']])

  const form = new FormData()
  form.set('name', 'Ann')
  form.set('file', new File(['inside'], 'a.txt', { type: 'text/plain' }))
  expect(await get('/form', { method: 'POST', body: form })).toEqual({
    name: 'Ann',
    file: ['a.txt', 'text/plain', 'inside'],
  })
  const events = await fetch('/events')
  expect(events.headers.get('content-type')).toBe('text/event-stream')
  expect(await events.text()).toBe([0, 1, 2].map((n) => `event: tick\ndata: ${n}\n\n`).join(''))
  const failed = await fetch('/fails')
  expect([failed.status, await failed.text()]).toEqual([418, 'short and stout'])
})

test('itty-router routes, reads bodies and turns errors into answers', async () => {
  const { fetch, json: get } = await deployed('packages/itty-router.ts')
  expect(await get('/things/7?a=1&a=2')).toEqual({ id: '7', query: { a: ['1', '2'] } })
  expect(await get('/things', json({ name: 'x' }))).toEqual({ made: { name: 'x' } })
  const secret = await fetch('/secret')
  expect([secret.status, await secret.json()]).toEqual([403, { status: 403, error: 'not for you' }])
  expect((await fetch('/nothing')).status).toBe(404)
})

test('preact renders a page, and streams one whose parts come later', async () => {
  const { fetch } = await deployed('packages/preact.ts')
  expect(await (await fetch('/whole')).text()).toBe('<p class="a&quot;b">&lt;<b>7</b></p>')

  const reader = (await fetch('/')).body?.pipeThrough(new TextDecoderStream()).getReader()
  let page = ''
  while (!page.includes('wait')) page += (await reader?.read())?.value ?? ''
  expect(page).toContain('<main><b>1</b>')
  expect(page).not.toContain('here at last')
  await fetch('/go')
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) page += read.value
  expect(page).toContain('<i>here at last</i>')
})

test('graphql runs queries and mutations, and says what is wrong with them', async () => {
  const { fetch, json: get } = await deployed('packages/graphql.ts')
  expect(await (await fetch()).text()).toContain('greet(name: String!): String')
  const query = 'query Q($n: String!) { greet(name: $n) }'
  expect(await get('/', json({ query, variables: { n: 'Ann' } }))).toEqual({ data: { greet: 'Hello, Ann' } })
  expect(await get('/', json({ query: 'mutation { add(a: 1, b: 2) }' }))).toEqual({ data: { add: 3 } })
  expect(await get('/', json({ query: '{ fail }' }))).toMatchObject({
    data: { fail: null },
    errors: [{ message: 'on purpose', path: ['fail'], extensions: { code: 'TEST' } }],
  })
  expect(await get('/', json({ query: '{ nope }' }))).toMatchObject({
    errors: [{ message: 'Cannot query field "nope" on type "Query".', locations: [{ line: 1, column: 3 }] }],
  })
})

test('graphql-yoga answers queries, and subscriptions as server-sent events', async () => {
  const { fetch, json: get } = await deployed('packages/graphql-yoga.ts')
  expect(await get('/graphql', json({ query: '{ hello(name: "Ann") }' }))).toEqual({ data: { hello: 'Hello, Ann' } })
  const subscribe = (query: string): Promise<Response> => fetch('/graphql', json({ query }, 'text/event-stream'))
  const countdown = await subscribe('subscription { countdown(from: 2) }')
  expect(countdown.headers.get('content-type')).toBe('text/event-stream')
  expect((await countdown.text()).match(/\{.*\}/g)).toEqual([2, 1, 0].map((n) => `{"data":{"countdown":${n}}}`))

  // One without end, which its reader leaves.
  const ticks = (await subscribe('subscription { ticks }')).body?.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ''
  while (!seen.includes('{"data":{"ticks":3}}')) seen += (await ticks?.read())?.value ?? ''
  await ticks?.cancel()
})

test('the MCP SDK serves tools over its web transport', async () => {
  const { fetch, json: get } = await deployed('packages/mcp-sdk.ts')
  const ask = (method: string, params: object): RequestInit =>
    json({ jsonrpc: '2.0', id: 1, method, params }, 'application/json, text/event-stream')
  const clientInfo = { name: 'test', version: '0' }
  const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }
  expect(await get('/', ask('initialize', hello))).toMatchObject({
    result: { serverInfo: { name: 'calculator' }, capabilities: { tools: {} } },
  })
  expect(await get('/', ask('tools/list', {}))).toMatchObject({
    result: { tools: [{ name: 'add', inputSchema: { type: 'object', required: ['a', 'b'] } }] },
  })
  const call = ask('tools/call', { name: 'add', arguments: { a: 40, b: 2 } })
  expect(await get('/', call)).toMatchObject({ result: { content: [{ type: 'text', text: '42' }] } })
  const streamed = await fetch('/?sse', call)
  expect(streamed.headers.get('content-type')).toBe('text/event-stream')
  expect(await streamed.text()).toContain('"text":"42"')
  const wrong = ask('tools/call', { name: 'add', arguments: { a: 'x', b: 2 } })
  expect(await get('/', wrong)).toMatchObject({ result: { isError: true } })
})
