import assert from 'node:assert/strict'
import { test } from 'node:test'
import clock from './index.ts'

/** The ids of the events in a piece of a stream. */
const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)\ndata: \S+Z\n\n/gm)].map(([, id]) => Number(id))

test('ticks as often as it was asked to', async () => {
  const answer = clock(new Request('http://sse/?count=3&every=10'))
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  assert.deepEqual(ids(await answer.text()), [1, 2, 3])
})

test('goes on after the event that the listener saw last', async () => {
  const again = new Request('http://sse/?count=2&every=10', { headers: { 'last-event-id': '41' } })
  assert.deepEqual(ids(await clock(again).text()), [42, 43])
})

test('overlooks what it cannot read', async () => {
  const odd = new Request('http://sse/?count=2&every=0', { headers: { 'last-event-id': 'x' } })
  assert.deepEqual(ids(await clock(odd).text()), [1, 2])
})

test('sends an event when it happens, and ends when the listener leaves', async () => {
  const listener = new AbortController()
  const { body } = clock(new Request('http://sse/?every=1e9', { signal: listener.signal }))
  assert.ok(body)
  const events = body.pipeThrough(new TextDecoderStream()).getReader()
  assert.deepEqual(ids((await events.read()).value ?? ''), [1])
  const next = events.read()
  listener.abort()
  assert.equal((await next).done, true)
})
