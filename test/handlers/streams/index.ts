/** Bodies of any size, both ways, and handlers that go on for a while. */

const PIECE_BYTES = 64 * 1024

export default async (request: Request): Promise<Response> => {
  const { pathname, searchParams } = new URL(request.url)
  switch (pathname) {
    case '/ok':
      return new Response('ok')
    case '/count':
      return Response.json({ bytes: await count(request) })
    case '/make':
      return new Response(zeros(Number(searchParams.get('bytes'))))
    case '/echo':
      return new Response(request.body)
    case '/held':
      return new Response(held(request))
    case '/events':
      return new Response(events(request.signal), { headers: { 'content-type': 'text/event-stream' } })
    case '/breaks':
      return new Response(breaks())
    case '/ignores':
      return new Response('not read')
    default:
      return new Response('no such handler', { status: 404 })
  }
}

async function count(request: Request): Promise<number> {
  let bytes = 0
  for await (const piece of request.body ?? []) bytes += piece.length
  return bytes
}

function zeros(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream({
    pull(controller) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, left))
      left -= piece.length
      controller.enqueue(piece)
      if (left === 0) controller.close()
    },
  })
}

/** Says something, and no more until all of the request is there. */
function held(request: Request): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode('first ')),
    async pull(controller) {
      await count(request)
      controller.enqueue(encoder.encode('last'))
      controller.close()
    },
  })
}

/** One after the other, until the caller leaves. */
function events(signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let n = 0
  signal.addEventListener('abort', () => console.log('the caller has left'))
  return new ReadableStream({
    async pull(controller) {
      if (n > 0) await sleep(50)
      n += 1
      controller.enqueue(encoder.encode(`data: ${n}\n\n`))
    },
  })
}

function breaks(): ReadableStream<Uint8Array> {
  let begun = false
  return new ReadableStream({
    async pull(controller) {
      if (begun) throw new RangeError('no more of it')
      begun = true
      controller.enqueue(new Uint8Array(100))
      await sleep(20)
    },
  })
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
