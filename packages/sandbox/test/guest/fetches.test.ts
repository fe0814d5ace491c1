import { expect, test } from 'vitest'
import { heapBytes } from '../../../../test/support/heap.ts'
import type { Outside } from '../../src/child/outside.ts'
import { closeCall, openCall, type Call } from '../../src/guest/call/calls.ts'
import { takePlace } from '../../src/guest/web/fetch/places.ts'
import { startHandler } from './start.ts'

const NOTHING = (): void => undefined

/** A server that answers each request with a head and no more; and what became of them. */
function silent(): { outside: Outside; seen: string[] } {
  const seen: string[] = []
  const outside: Outside = {
    fetch(_call, { url }, events) {
      seen.push(url)
      setImmediate(() => events.fetched({ status: 200, statusText: '', headers: [] }))
      const drop = (): void => void seen.push('dropped')
      return { hasRoom: true, upload: ({ length }) => length, uploaded: NOTHING, read: NOTHING, drop }
    },
  }
  return { outside, seen }
}

test('a call that is over asks nobody', async () => {
  const { outside, seen } = silent()
  const { fetch, logs } = startHandler(
    `const later = async () => {
      for (let i = 0; i < 20; i++) await 0
      await fetch('http://x.test/', { method: 'POST', body: 'text' }).catch((error) => console.log(String(error)))
    }
    void later()
    return new Response('ok')`,
    { outside },
  )
  expect((await fetch()).text).toBe('ok')
  expect(logs).toEqual([{ level: 'info', text: 'TypeError: fetch failed: the call that asked is over' }])
  expect(seen).toEqual([])
})

test('a call that is over is kept by no line that it waits in', async () => {
  const ended = ((): WeakRef<Call> => {
    const call = openCall(1)
    closeCall(call)
    void takePlace(call)
    return new WeakRef(call)
  })()
  await new Promise((go) => setImmediate(go))
  heapBytes()
  expect(ended.deref()).toBeUndefined()
})

test('an abort ends a body also after everything was collected that nobody else holds', async () => {
  const { outside, seen } = silent()
  const { fetch } = startHandler(
    `const controller = new AbortController()
    const response = await fetch('http://x.test/', { signal: controller.signal })
    const reading = response.text().catch((error) => error.message)
    const turn = () => new Promise((go) => setTimeout(go))
    const collected = async () => {
      const probe = (() => new WeakRef({}))()
      do {
        await turn()
        globalThis.garbage = Array.from({ length: 100_000 }, () => ({}))
        // A turn in which a weak reference is read keeps what it refers to.
        await turn()
      } while (probe.deref() !== undefined)
    }
    // What was moved to the old in the meantime takes some more than the first; it was four.
    for (let i = 0; i < 20; i++) await collected()
    controller.abort(new Error('enough'))
    return new Response(await Promise.race([reading, new Promise((go) => setTimeout(go, 0, 'it goes on'))]))`,
    { outside },
  )
  expect((await fetch()).text).toBe('enough')
  expect(seen).toEqual(['http://x.test/', 'dropped'])
})

test('the source of a body that breaks off after the head of the response was there is told to stop', async () => {
  const { outside } = silent()
  const { fetch } = startHandler(
    `let source, cancelled
    const body = new ReadableStream({
      pull(controller) { source = controller },
      cancel(reason) { cancelled(reason) },
    })
    const reason = new Promise((go) => (cancelled = go))
    await fetch('http://x.test/', { method: 'POST', body, duplex: 'half' })
    source.enqueue('a text')
    return new Response((await reason).message)`,
    { outside },
  )
  expect((await fetch()).text).toBe('a chunk of the body is no Uint8Array')
})
