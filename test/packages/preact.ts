import { h, type VNode } from 'preact'
import { Suspense } from 'preact/compat'
import { useState } from 'preact/hooks'
import { render } from 'preact-render-to-string'
import { renderToReadableStream } from 'preact-render-to-string/stream'

/** A page whose shell is sent at once, and the rest when what it waits for is here. */

/** What the page waits for, until another request brings it. */
const brought: { late?: string } = {}
const waiting = new Map<string, Promise<void>>()

function Counter({ from }: { from: number }): VNode {
  const [count] = useState(from)
  return h('b', null, count)
}

function Late({ id }: { id: string }): VNode {
  if (brought.late !== undefined) return h('i', null, brought.late)
  const wait = waiting.get(id) ?? arrival()
  waiting.set(id, wait)
  throw wait
}

async function arrival(): Promise<void> {
  while (brought.late === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
}

export default (request: Request): Response => {
  const headers = { 'content-type': 'text/html' }
  const { pathname } = new URL(request.url)
  if (pathname === '/whole')
    return new Response(render(h('p', { class: 'a"b' }, '<', h(Counter, { from: 7 }))), { headers })
  if (pathname === '/go') {
    brought.late = 'here at last'
    return new Response('gone')
  }
  const page = h(
    'main',
    null,
    h(Counter, { from: 1 }),
    h(Suspense, { fallback: h('p', null, 'wait') }, h(Late, { id: 'a' })),
  )
  return new Response(renderToReadableStream(page), { headers })
}
