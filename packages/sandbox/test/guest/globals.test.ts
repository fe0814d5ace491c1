import ivm from 'isolated-vm'
import { expect, test } from 'vitest'
import { startHandler } from './start.ts'

/** What a function finds beyond the language itself. A name that is added or lost is a decision. */
const ADDED = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'ByteLengthQueuingStrategy',
  'CountQueuingStrategy',
  'Crypto',
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

const REMOVED = ['Atomics', 'FinalizationRegistry', 'SharedArrayBuffer']

test('the globals are those of V8, the web platform’s and no other', async () => {
  const { fetch } = startHandler(`return Response.json(Reflect.ownKeys(globalThis).map(String))`)
  const names = JSON.parse((await fetch()).text) as string[]
  const bare = bareNames()
  expect(names.filter((name) => !bare.includes(name)).toSorted()).toEqual(ADDED)
  expect(bare.filter((name) => !names.includes(name)).toSorted()).toEqual(REMOVED)
})

test('a class has the name under which it is found', async () => {
  const { fetch } = startHandler(`return Response.json(Reflect.ownKeys(globalThis)
    .filter((key) => typeof globalThis[key] === 'function' && globalThis[key].name !== key))`)
  expect(JSON.parse((await fetch()).text)).toEqual([])
})

function bareNames(): string[] {
  const isolate = new ivm.Isolate()
  const names = isolate
    .createContextSync()
    .evalSync('JSON.stringify(Reflect.ownKeys(globalThis).map(String))') as string
  isolate.dispose()
  return JSON.parse(names) as string[]
}
