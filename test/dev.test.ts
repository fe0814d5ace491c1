import { expect, test } from 'vitest'
import { fn } from '../examples/demo/fn.ts'
import { testNetwork } from './support/network.ts'
import { workshop } from './support/dev.ts'

const answering = (text: string): string => `export default (): Response => new Response('${text}')\n`

test('a handler is served as it is, and anew when it is saved', async () => {
  const dev = await workshop({
    'index.ts': `export default async (request: Request): Promise<Response> => {
      console.log('asked for', new URL(request.url).pathname)
      return Response.json({ url: request.url, method: request.method, body: await request.text() }, { status: 201 })
    }`,
  })
  const answer = await fetch(`${dev.url}/a/b?c`, { method: 'POST', body: 'hello' })
  expect(answer.status).toBe(201)
  expect(await answer.json()).toEqual({ url: `${dev.url}/a/b?c`, method: 'POST', body: 'hello' })
  expect(await dev.next('log')).toEqual({ type: 'log', level: 'info', text: 'asked for /a/b' })
  expect(await dev.next('answered')).toMatchObject({ method: 'POST', path: '/a/b?c', status: 201 })

  await dev.save('index.ts', answering('two'))
  const { cid } = await dev.next('built')
  const again = await fetch(dev.url)
  expect(await again.text()).toBe('two')
  expect(again.headers.get('hither-cid')).toBe(cid)
  expect(await dev.end()).toBe(0)
})

test('a build that fails says why, and leaves the last good one in its place', async () => {
  const dev = await workshop({ 'index.ts': answering('good') })
  await dev.save('index.ts', "import { x } from './missing.ts'\nexport default () => new Response(x)\n")
  const { error } = await dev.next('build-failed')
  expect(error).toMatchObject({ code: 'build-failed', message: expect.stringContaining('index.ts:1:') })
  expect(await (await fetch(dev.url)).text()).toBe('good')
  await dev.save('missing.ts', "export const x = 'mended'")
  await dev.next('built')
  expect(await (await fetch(dev.url)).text()).toBe('mended')
})

test('where nothing could be built yet, the answer is what is wrong', async () => {
  const dev = await workshop({ 'index.ts': 'export default (' })
  const answer = await fetch(dev.url)
  expect(answer.status).toBe(500)
  expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('index.ts:1:') } })
  await dev.save('index.ts', answering('mended'))
  await dev.next('built')
  expect(await (await fetch(dev.url)).text()).toBe('mended')
})

test('what a handler throws, or logs, is shown with its places in the source', async () => {
  const dev = await workshop({
    'index.ts': `import { check } from './lib/check.ts'

interface Query { n: number }

export default (): Response => {
  console.error(new Error('logged'))
  const query: Query = { n: 1 }
  return new Response(String(check(query.n)))
}
`,
    'lib/check.ts': `export function check(n: number): number {
  if (n < 9)
    throw new RangeError('too small')
  return n
}
`,
  })
  const answer = await fetch(dev.url)
  expect(answer.status).toBe(500)
  const { error } = (await answer.json()) as { error: { message: string; why: string } }
  expect(error.message).toContain('RangeError: too small')
  expect(error.why.split('\n')).toEqual([
    expect.stringMatching(/^at lib\/check\.ts:3:\d+$/),
    expect.stringMatching(/^at index\.ts:8:\d+$/),
  ])
  expect((await dev.next('log'))['text']).toMatch(/^Error: logged\n\s+at index\.ts:6:\d+$/)
  expect(await dev.next('failed')).toMatchObject({
    method: 'GET',
    path: '/',
    error: { code: 'handler-failed', why: error.why },
  })
})

test('where there is no handler, the command says so and ends; in words it is for people', async () => {
  const net = await testNetwork()
  const { code, stderr } = await fn(['dev', net.folder], { home: net.home('me') })
  expect(code).toBe(1)
  expect(stderr).toContain('BuildFailed: there is no handler in')
})
