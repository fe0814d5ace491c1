import ivm from 'isolated-vm'

/** What a function finds beyond the language itself. A name that is added or lost is a decision. */
export const ADDED: string[] = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'ByteLengthQueuingStrategy',
  'CountQueuingStrategy',
  'Crypto',
  'CryptoKey',
  'CustomEvent',
  'DOMException',
  'Event',
  'EventTarget',
  'File',
  'FormData',
  'Headers',
  'Performance',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'Request',
  'Response',
  'SubtleCrypto',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'URL',
  'URLSearchParams',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
  'atob',
  'btoa',
  'clearInterval',
  'clearTimeout',
  'crypto',
  'fetch',
  'performance',
  'queueMicrotask',
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
