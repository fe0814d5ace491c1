/** Server-sent events: a clock that ticks to whoever listens, for as long as they do. */

/** Between two events, in ms, where the request does not say. */
const EVERY_MS = 1000

/** No more than a hundred events a second for one listener. */
const EVERY_MIN_MS = 10

export default (request: Request): Response => {
  const { searchParams } = new URL(request.url)
  const everyMs = Math.max(EVERY_MIN_MS, Number(searchParams.get('every') ?? EVERY_MS) || EVERY_MS)
  const count = Number(searchParams.get('count') ?? Infinity)
  // A browser that lost the stream calls again, maybe on another peer, and says which event it saw last.
  const last = Number(request.headers.get('last-event-id') ?? 0)
  return new Response(ticks(request.signal, { first: last + 1, count, everyMs }), {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

interface Ticks {
  /** The number of the first event, and how many there will be. */
  first: number
  count: number
  everyMs: number
}

/** Made one by one, as they are read: a slow listener gets fewer events, and none pile up for it. */
function ticks(signal: AbortSignal, { first, count, everyMs }: Ticks): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let id = first
  return new ReadableStream({
    async pull(controller) {
      if (id > first) await pause(everyMs, signal)
      if (signal.aborted || id >= first + count) controller.close()
      else controller.enqueue(encoder.encode(`id: ${id++}\ndata: ${new Date().toISOString()}\n\n`))
    },
  })
}

/** Ends after so many ms, or as soon as the listener leaves. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = (): void => resolve()
  const timer = setTimeout(done, ms)
  signal.addEventListener('abort', done)
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', done)
  })
}
