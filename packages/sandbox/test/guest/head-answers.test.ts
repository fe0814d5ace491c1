import { expect, test } from 'vitest'
import { startHandler } from './start.ts'

test.each([
  ['text', `'hällo'`, '6'],
  ['bytes', `new Uint8Array(10)`, '10'],
  ['more bytes than leave as a whole', `new Uint8Array(500_000)`, '500000'],
  ['a Blob', `new Blob(['hä', 'llo'])`, '6'],
  ['a length of its own', `'hello', { headers: { 'content-length': '77' } }`, '77'],
  ['nothing', `null`, undefined],
  ['a stream', `new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(10)) })`, undefined],
])('an answer to HEAD has none of its body, and the length that is known of it: %s', async (_name, body, length) => {
  const { fetch } = startHandler(`return new Response(${body})`)
  const { headers, text } = await fetch({ method: 'HEAD' })
  expect(text).toBe('')
  expect(Object.fromEntries(headers)['content-length']).toBe(length)
})

test.each([
  ['', ['left']],
  [`; throw new Error('cannot be left')`, ['left']],
])('an answer to HEAD cancels its stream, whatever that says%s', async (then, told) => {
  const { fetch, logs } = startHandler(`return new Response(new ReadableStream({
    cancel() { console.log('left')${then} } }), { status: 202, headers: { 'x-a': 'b' } })`)
  expect(await fetch({ method: 'HEAD' })).toMatchObject({ status: 202, headers: [['x-a', 'b']], text: '' })
  expect(logs.map(({ text }) => text)).toEqual(told)
})
