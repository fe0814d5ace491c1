import { expect, test } from 'vitest'
import { startHandler } from './start.ts'

/** The interfaces of the Minimum Common Web API (ECMA-429), and its members of the global object. */
const INTERFACES = `
  AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent
  DecompressionStream DOMException ErrorEvent Event EventTarget File FormData Headers MessageChannel MessageEvent MessagePort
  Performance PromiseRejectionEvent ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
  ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request Response SubtleCrypto
  TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern
  URLSearchParams WritableStream WritableStreamDefaultController WritableStreamDefaultWriter
  WebAssembly.Global WebAssembly.Instance WebAssembly.Memory WebAssembly.Module WebAssembly.Table
`
const FUNCTIONS = `
  atob btoa clearInterval clearTimeout fetch queueMicrotask reportError setInterval setTimeout structuredClone
  addEventListener dispatchEvent removeEventListener
  WebAssembly.compile WebAssembly.compileStreaming WebAssembly.instantiate WebAssembly.instantiateStreaming WebAssembly.validate
  crypto.getRandomValues crypto.randomUUID performance.now
  console.assert console.clear console.count console.countReset console.debug console.dir console.dirxml console.error
  console.group console.groupCollapsed console.groupEnd console.info console.log console.table console.time console.timeEnd
  console.timeLog console.trace console.warn
`
const VALUES = {
  'crypto.subtle': 'object',
  'navigator.userAgent': 'string',
  'performance.timeOrigin': 'number',
  self: 'object',
}
const HANDLERS = ['onerror', 'onunhandledrejection', 'onrejectionhandled']

const wordsOf = (text: string): string[] => text.trim().split(/\s+/)

test('every name of the Minimum Common Web API is there, and is what it should be', async () => {
  const named: Record<string, string> = { ...VALUES }
  for (const name of [...wordsOf(INTERFACES), ...wordsOf(FUNCTIONS)]) named[name] = 'function'
  for (const name of HANDLERS) named[name] = 'object'
  const { fetch } = startHandler(
    `const found = {}
    for (const name of JSON.parse(env.NAMES)) found[name] = typeof name.split('.').reduce((at, key) => at?.[key], globalThis)
    return Response.json(found)`,
    { env: { NAMES: JSON.stringify(Object.keys(named)) } },
  )
  expect(JSON.parse((await fetch()).text)).toEqual(named)
})
