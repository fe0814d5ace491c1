import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import type { connect as Connect } from '../src/http.ts'

/** 70 KB when this was written, most of it codecs: of RPC's values, and of what receipts are. Much more came by mistake. */
const MOST_BYTES = 88 * 1024

async function bundled(): Promise<{ code: string; files: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../src/http.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'iife',
    globalName: 'hither',
    platform: 'browser',
    conditions: ['hither-source'],
  })
  const files = Object.keys(metafile.inputs)
  const external = Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter((one) => one.external))
  expect(external).toEqual([])
  return { code: outputFiles[0]?.text ?? '', files }
}

/** What browsers have, and nothing else. */
function page(answer: Response): Record<string, unknown> {
  const { AbortController, AbortSignal, Blob, DOMException, FormData, Headers } = globalThis
  const { ByteLengthQueuingStrategy, ReadableStream, TransformStream } = globalThis
  const { Request, Response, TextDecoder, TextEncoder, URL, crypto } = globalThis
  const web = { AbortController, AbortSignal, Blob, DOMException, FormData, Headers }
  const streams = { ByteLengthQueuingStrategy, ReadableStream, TransformStream }
  return { ...web, ...streams, Request, Response, TextDecoder, TextEncoder, URL, crypto, fetch: async () => answer }
}

test('the entry for browsers is small, and calls where there is nothing but the web', async () => {
  const { code, files } = await bundled()
  process.stdout.write(`hither/http: ${code.length} bytes minified, of ${files.length} files\n`)
  expect(files.filter((path) => /packages\/(?!core|sdk)|pino/.test(path))).toEqual([])
  expect(code.length).toBeLessThan(MOST_BYTES)

  const headers = { 'hither-call': 'c', 'hither-cid': 'bafy', 'hither-peer': 'p' }
  const context = createContext(page(new Response('hello', { headers })))
  const { connect } = runInContext(`${code}; hither`, context) as { connect: typeof Connect }
  const net = await connect({ url: 'http://127.0.0.1:1' })
  expect(await (await net.fetch('x')).text()).toBe('hello')
})
