import type { Built } from '@hither/core'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { load } from './load.ts'
import { builds } from './project.ts'

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
