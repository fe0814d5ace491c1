/** Server-sent events: a clock that ticks to whoever listens, for as long as they do. */

/** Between two events, in ms, where the request does not say. */
const EVERY_MS = 1000

/** No more than a hundred events a second for one listener, and one at least in the longest call there may be. */
const EVERY_MIN_MS = 10
const EVERY_MAX_MS = 15 * 60_000

export default (request: Request): Response => {
  const { searchParams } = new URL(request.url)
  const every = numberOr(EVERY_MS, searchParams.get('every'))
  const everyMs = Math.min(Math.max(every, EVERY_MIN_MS), EVERY_MAX_MS)
  const count = numberOr(Infinity, searchParams.get('count'))
  // A browser that lost the stream calls again, maybe on another peer, and says which event it saw last.
  const last = numberOr(0, request.headers.get('last-event-id'))
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

/** What a text says, if it says a number. */
function numberOr(fallback: number, text: string | null): number {
  const number = Number(text ?? fallback)
  return Number.isNaN(number) ? fallback : number
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
