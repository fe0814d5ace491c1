/** What a handler may want of the world: other servers, the clock, and errors that lead to its author. */

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    if (url.pathname === '/throws') fail(url.searchParams.get('why') ?? '')
    const asked = url.searchParams.get('ask')
    if (asked === null) return Response.json({ times })
    try {
      const answer = await fetch(asked, { method: 'POST', body: request.body, duplex: 'half' } as RequestInit)
      return new Response(answer.body, { headers: { 'x-asked': answer.url } })
    } catch (error) {
      return Response.json({ error: String(error) })
    }
  },

  async scheduled(event: { cron: string; scheduledTime: number }, _env: unknown, ctx: { waitUntil(p: unknown): void }) {
    if (event.cron === 'throws') fail('on time')
    ctx.waitUntil(Promise.resolve().then(() => times.push(event.cron)))
  },
}

const times: string[] = []

function fail(why: string): never {
  throw new RangeError(why)
}

/** What it was given, and how often that is the same inside as it was outside. */
export function back(value: unknown): unknown {
  return value
}

export function throws(): never {
  class OddError extends TypeError {
    override name = 'OddError'
    code = 'ODD'
    details = new Map([['when', new Date(0)]])
  }
  throw new OddError('odd', { cause: new AggregateError([new RangeError('first')], 'several') })
}
