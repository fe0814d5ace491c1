import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { CompleteCall, Deployed, Status } from '@hither/peer'
import { connect } from 'hither'
import { connect as overHttp } from 'hither/http'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import type * as Shop from '../examples/rpc/index.ts'
import { testNetwork, type TestNetwork } from './support/network.ts'
import { greyPng, pngSize } from './support/png.ts'

type Answer = Omit<CompleteCall, 'body'> & { body: string }

/** An example deployed on a peer that runs it, and a way to call it as anybody would. */
interface OnAPeer {
  net: TestNetwork
  peer: RunningPeer
  invoke: (...args: string[]) => Promise<Answer>
}

async function deploy(example: string): Promise<OnAPeer> {
  const net = await testNetwork()
  const peer = await net.up('me', ['--volunteer'])
  const folder = fileURLToPath(new URL(`../examples/${example}`, import.meta.url))
  await net.json<Deployed>('me', ['deploy', folder])
  return { net, peer, invoke: (...args) => net.json('me', ['invoke', example, ...args]) }
}

function header({ headers }: Answer, wanted: string): string | undefined {
  return headers.find(([name]) => name === wanted)?.[1]
}

test('hello greets', async () => {
  const { invoke } = await deploy('hello')
  expect(await invoke('--path', '/?name=you')).toMatchObject({ status: 200, body: 'Hello, you!\n' })
})

test('hono answers JSON by route, and refuses what it cannot use', async () => {
  const { invoke } = await deploy('hono')
  const colour = await invoke('--path', '/colours/1e90ff')
  expect(JSON.parse(colour.body)).toEqual({ colour: '#1e90ff', rgb: [30, 144, 255], text: '#000000' })
  const post = (body: object): Promise<Answer> =>
    invoke('--path', '/contrast', '-H', 'content-type: application/json', '--data', JSON.stringify(body))
  const fine = await post({ text: '#000000', background: '#ffffff' })
  expect([fine.status, JSON.parse(fine.body)]).toEqual([200, { ratio: 21, readable: true }])
  const wrong = await post({ text: 'red' })
  expect([wrong.status, header(wrong, 'content-type')]).toEqual([422, 'application/json'])
})

test('markdown makes a page', async () => {
  const { invoke } = await deploy('markdown')
  const page = await invoke('--data', '# Hi *you*')
  expect(page.body).toContain('<h1>Hi <em>you</em></h1>')
  expect(header(page, 'content-security-policy')).toContain("default-src 'none'")
})

test('picture makes a picture smaller, by WebAssembly in the sandbox', async () => {
  const { net, invoke } = await deploy('picture')
  const file = `${net.folder}/grey.png`
  await writeFile(file, greyPng(1200, 800))
  const answer = await invoke('--path', '/?width=120', '--data', `@${file}`)
  expect([answer.status, header(answer, 'content-type')]).toEqual([200, 'image/png'])
  expect(pngSize(Buffer.from(answer.body, 'base64url'))).toEqual([120, 80])
  // Whether it is warm by then is the sandbox's to decide: what turns out to burn may move to a process of its own.
  await writeFile(`${net.folder}/cut.png`, greyPng(1200, 800).subarray(0, 100))
  expect(await invoke('--data', `@${net.folder}/cut.png`)).toMatchObject({ status: 422 })
  expect(await invoke('--path', '/?width=60', '--data', `@${file}`)).toMatchObject({ status: 200 })
})

test('sse sends events', async () => {
  const { invoke } = await deploy('sse')
  const events = await invoke('--path', '/?count=2&every=10', '-H', 'last-event-id: 6')
  expect(header(events, 'content-type')).toBe('text/event-stream')
  expect(events.body).toMatch(/^id: 7\ndata: \S+\n\nid: 8\ndata: \S+\n\n$/)
})

test('sse sends its events as they are made, by HTTP to whoever listens, until they leave', async () => {
  const { peer, net } = await deploy('sse')
  const leaving = new AbortController()
  const response = await fetch(`${peer.status.gateway}/fn/sse/?every=20`, { signal: leaving.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  // A piece may hold several events, where a busy machine was late to read.
  let text = ''
  while (!text.includes('id: 3\n')) text += (await reader?.read())?.value ?? ''
  expect(text).toMatch(/^id: 1\ndata: .+\n\nid: 2\ndata: .+\n\nid: 3\n/)
  const busy = async (): Promise<number | undefined> => (await net.json<Status>('me', ['status'])).runner?.busy
  expect(await busy()).toBe(1)
  leaving.abort()
  await expect.poll(busy).toBe(0)
})

test.each(['the running peer', 'a gateway'])('rpc is called by its types, through %s', async (via) => {
  const { peer, net } = await deploy('rpc')
  const home = net.home('me')
  const app = via === 'a gateway' ? await overHttp({ url: peer.status.gateway ?? '' }) : await connect({ home })
  onTestFinished(() => app.close())
  const shop = app.functions<typeof Shop>('rpc')
  expect((await shop.prices()).get('tea')).toBe(450)
  const at = new Date(Date.UTC(2026, 10, 27))
  const quote = await shop.quote(new Map([['tea', 2]]), at)
  expect(quote).toEqual({
    lines: [{ item: 'tea', count: 2, cents: 900 }],
    cents: 900,
    until: new Date(Date.UTC(2026, 10, 28)),
  })
  await expect(shop.quote(new Map([['gold', 1]]), at)).rejects.toMatchObject({ name: 'UnknownItem' })
  await expect(shop.quote(new Map([['tea', -1]]), at)).rejects.toBeInstanceOf(RangeError)

  const response = await app.fetch('rpc', '/')
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('prices, quote')])
  expect(await app.receipt(response)).toMatchObject({ receipt: { runner: peer.status.peer } })
})
