/** What an app may call: requests, bodies that flow, and functions by name. */

export default async (request: Request): Promise<Response> => {
  const { pathname } = new URL(request.url)
  if (pathname === '/echo') return new Response(request.body, { headers: { 'x-method': request.method } })
  if (pathname === '/events') return new Response(events(request.signal))
  if (pathname === '/breaks') return new Response(breaks())
  if (pathname === '/moved') return new Response(null, { status: 302, headers: { location: '/elsewhere' } })
  if (pathname === '/big') return new Response(new Uint8Array(500_000))
  if (pathname === '/nothing') return new Response(null, { status: 204 })
  return new Response('not here', { status: 404 })
}

export interface Person {
  name: string
  born: Date
  likes: Set<string>
}

export function add(a: number, b: number): number {
  if (typeof a !== 'number') throw new TypeError(`${typeof a}s are not added`, { cause: new RangeError('too far') })
  return a + b
}

/** The same person, a year younger. */
export async function rejuvenate(person: Person): Promise<Person> {
  const born = new Date(person.born)
  born.setUTCFullYear(born.getUTCFullYear() + 1)
  return { ...person, born }
}

/** No function, so no method. */
export const version = '1'

/** One after the other, until the caller leaves. */
function events(signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let n = 0
  signal.addEventListener('abort', () => console.log('the caller has left'))
  return new ReadableStream({
    async pull(controller) {
      if (n > 0) await new Promise((resolve) => setTimeout(resolve, 50))
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
      await new Promise((resolve) => setTimeout(resolve, 20))
    },
  })
}
