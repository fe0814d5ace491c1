import assert from 'node:assert/strict'
import { test } from 'node:test'
import app from './index.ts'

test('shows a sample', async () => {
  const page = await app.request('/')
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(await page.text(), /<h1>Markdown<\/h1>/)
})

test('makes a page of what is posted, in which nothing runs', async () => {
  const page = await app.request('/', { method: 'POST', body: '# Hi\n\n<script>alert(1)</script>' })
  assert.match(await page.text(), /<h1>Hi<\/h1>/)
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
})
