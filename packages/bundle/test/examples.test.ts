import { MAX_LIMITS, type Built } from '@hither/core'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { load } from './load.ts'
import { ownBundler } from './project.ts'

const builds = ownBundler()

async function build(example: string): Promise<Built> {
  return builds.build(fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url)))
}

it('builds hello, which greets', async () => {
  const { name, blocks } = await build('hello')
  expect(name).toBe('hello')
  const { default: handler } = (await load(blocks[1])) as { default: (request: Request) => Response }
  expect(await handler(new Request('http://hello/?name=you')).text()).toBe('Hello, you!\n')
})

it('builds markdown, which makes pages and runs nothing in them', async () => {
  const { name, manifest, blocks } = await build('markdown')
  expect([name, manifest.effects, manifest.exports]).toEqual(['markdown', 'pure', ['default']])
  const { default: app } = (await load(blocks[1])) as { default: { fetch(request: Request): Promise<Response> } }
  const sample = await app.fetch(new Request('http://markdown/'))
  expect(await sample.text()).toContain('<h1>Markdown</h1>')
  const page = await app.fetch(new Request('http://markdown/', { method: 'POST', body: '**bold** & <b>raw</b>' }))
  expect(page.headers.get('content-type')).toMatch(/^text\/html/)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('<strong>bold</strong> &amp; <b>raw</b>')
})

it('builds hono, of which only what is used comes along', async () => {
  const { manifest, blocks } = await build('hono')
  expect(manifest).toMatchObject({ effects: 'pure', exports: ['default'], limits: { bodyBytes: 65_536 } })
  expect(blocks[1]?.bytes.length).toBeLessThan(40_000)
})

it('builds sse, which may take its time', async () => {
  const { manifest } = await build('sse')
  expect(manifest).toMatchObject({ effects: 'idempotent', limits: { wallMs: MAX_LIMITS.wallMs } })
})

it('builds rpc, which has named exports alone', async () => {
  const { manifest, blocks } = await build('rpc')
  expect(manifest.exports).toEqual(['prices', 'quote'])
  const { prices } = (await load(blocks[1])) as { prices: () => Map<string, number> }
  expect(prices().get('tea')).toBe(450)
})

it('builds picture, with its WebAssembly module and the need for it', async () => {
  const { manifest, blocks } = await build('picture')
  expect(manifest).toMatchObject({ effects: 'pure', needs: ['wasm'], limits: { memoryMb: 256 } })
  // The module has 1.57 MB, which base64 makes 2.09; of the package's own JavaScript little is used.
  expect(blocks[1]?.bytes.length).toBeLessThan(2_150_000)
  const { default: handler } = (await load(blocks[1])) as { default: (request: Request) => Promise<Response> }
  const refused = await handler(new Request('http://picture/', { method: 'POST', body: 'GIF89a' }))
  expect(refused.status).toBe(415)
})
