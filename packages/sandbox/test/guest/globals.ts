import ivm from 'isolated-vm'

/** What a function finds beyond the language itself. A name that is added or lost is a decision. */
export const ADDED: string[] = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'Crypto',
  'CryptoKey',
  'CustomEvent',
  'DOMException',
  'DecompressionStream',
  'ErrorEvent',
  'Event',
  'EventTarget',
  'File',
  'FormData',
  'Headers',
  'MessageChannel',
  'MessageEvent',
  'MessagePort',
  'Navigator',
  'Performance',
  'PromiseRejectionEvent',
  'QuotaExceededError',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'Request',
  'Response',
  'SubtleCrypto',
  // Where a bundle that wants Node.js finds its variables.
  'Symbol(hither.env)',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'URL',
  'URLPattern',
  'URLSearchParams',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
  'addEventListener',
  'atob',
  'btoa',
  'clearInterval',
  'clearTimeout',
  'crypto',
  'dispatchEvent',
  'fetch',
  'navigator',
  'onerror',
  'onrejectionhandled',
  'onunhandledrejection',
  'performance',
  'queueMicrotask',
  'removeEventListener',
  'reportError',
  'self',
  'setInterval',
  'setTimeout',
  'structuredClone',
]

/** And what of the language is taken away. */
export const REMOVED: string[] = ['Atomics', 'FinalizationRegistry', 'SharedArrayBuffer']

/** What V8 alone has. */
export function bareNames(): string[] {
  const isolate = new ivm.Isolate()
  const names = isolate
    .createContextSync()
    .evalSync('JSON.stringify(Reflect.ownKeys(globalThis).map(String))') as string
  isolate.dispose()
  return JSON.parse(names) as string[]
}
