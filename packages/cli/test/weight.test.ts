import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const UP = new URL('../src/verbs/up.ts', import.meta.url)

/** What a new process has loaded once it could run a peer: modules of Node's own, and files. */
const LOADED = `
import { registerHooks } from 'node:module'
const files = []
registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) })
await import('${UP.href}')
console.log(JSON.stringify([...process.moduleLoadList, ...files]))
process.exit()`

test('a peer that waits holds nothing in memory that it needs only for who builds, or asks for its page', async () => {
  const args = ['--conditions=hither-source', '--input-type=module', '--eval', LOADED]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const loaded = JSON.parse(stdout) as string[]
  expect(loaded).toContain('NativeModule _http_server')
  expect(loaded.filter((name) => name.endsWith('/gateway/src/gateway.ts'))).toHaveLength(1)
  expect(loaded.filter((name) => /undici|http2|node_modules\/(esbuild|hono|@hono)\//.test(name))).toEqual([])
})
