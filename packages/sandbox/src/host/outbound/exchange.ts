import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  FORBIDDEN_METHODS,
  HEADER_MAX_BYTES,
  HitherError,
  isWhole,
  mayFail,
  type Body,
  type Headers,
  type RequestHead,
} from '@hither/core'
import { WINDOW_BYTES } from '../../ipc/limits.ts'
import { Feed } from '../feed.ts'
import { incoming, outgoing, type Framing } from './headers.ts'
import { INTERIM_MAX } from './limits.ts'
import { http } from './node-http.ts'
import { Refused, type Target } from './policy.ts'

/** The head of a response as it came. */
interface Fetched {
  status: number
  statusText: string
  headers: Headers
}

/** What becomes of a request, in this order, each at most once but for the pieces. After an error comes nothing. */
interface ExchangeEvents {
  fetched(head: Fetched): void
  /** `given`: nobody else has a use for these bytes. */
  piece(bytes: Uint8Array, given: boolean): void
  finished(): void
  failed(why: string): void
}

export interface ExchangeInit extends Omit<RequestHead, 'url'> {
  /** Throws `Refused` where it is not allowed. */
  target: Target
  body: Body
  /** The longest response, in bytes as they travel. */
  maxBytes: number
  dial: (signal: AbortSignal) => Promise<Socket>
  events: ExchangeEvents
}

/** One request of a function and its response, over a connection of its own. Redirects are answers like any other. */
export class Exchange {
  private readonly init: ExchangeInit
  private readonly life = new AbortController()
  private feed: Feed | undefined
  /** So many bytes of the response may go, of what was said before it was here. */
  private early = WINDOW_BYTES
  private over = false

  constructor(init: ExchangeInit) {
    this.init = init
  }

  /** Never throws: what goes wrong is told. */
  async run(): Promise<void> {
    try {
      await this.exchange()
    } catch (thrown) {
      this.fail(thrown instanceof Refused ? thrown.message : this.broken(thrown))
    }
  }

  /** So many bytes more of the response may come. False where that is more than can be. */
  want(bytes: number): boolean {
    if (this.feed !== undefined) return this.feed.want(bytes)
    this.early += bytes
    return this.early <= WINDOW_BYTES
  }

  /** It is over, whatever of it is under way. Nothing is told any more. */
  stop(): void {
    if (this.over) return
    this.over = true
    this.end()
  }

  private async exchange(): Promise<void> {
    const { init, life } = this
    const { target, method, body } = init
    if (FORBIDDEN_METHODS.has(method.toUpperCase())) throw new Refused(`requests cannot have the method ${method}`)
    const headers = outgoing(init.headers, target.url.host, framingOf(method, body))
    const socket = await init.dial(life.signal)
    if (this.over) return void socket.destroy()
    life.signal.addEventListener('abort', () => socket.destroy())
    const request = http.request({
      createConnection: () => socket,
      setHost: false,
      method,
      path: `${target.url.pathname}${target.url.search}`,
      headers: headers.flat(),
      maxHeaderSize: HEADER_MAX_BYTES,
      insecureHTTPParser: false,
    })
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    // What breaks the request breaks the wait for its response, too; after that, the response's body.
    request.on('error', () => undefined)
    let interim = 0
    request.on('information', () => {
      interim += 1
      if (interim > INTERIM_MAX) this.fail(`${target.host} sent more than ${INTERIM_MAX} responses of the kind 1xx`)
    })
    // A connection that is made into something else, as by 101, ends without a word.
    const ended = mayFail(
      once(request, 'close').then(() => Promise.reject(new Refused(`${target.host} ended the connection`))),
    )
    const sending = this.upload(request)
    const [response] = await Promise.race([answered, ended, sending.then(() => Promise.race([answered, ended]))])
    this.receive(response)
    await sending
  }

  private async upload(request: ClientRequest): Promise<void> {
    const { body } = this.init
    if (isWhole(body)) return void request.end(body.length === 0 ? undefined : body)
    // Its first piece may be made of what the server says to the head.
    request.flushHeaders()
    try {
      for await (const piece of body) {
        // Who answers early may read no more.
        if (request.destroyed) return
        if (!request.write(piece)) await drained(request)
      }
      request.end()
    } catch (thrown) {
      request.destroy()
      throw thrown
    }
  }

  private receive(response: IncomingMessage): void {
    const { events, maxBytes } = this.init
    const { statusCode: status = 0, statusMessage = '' } = response
    if (status < 200 || status > 599) throw new Refused(`the response has the status ${status}`)
    const headers = incoming(response)
    if (this.over) return
    events.fetched({ status, statusText: statusMessage.slice(0, 256), headers })
    this.feed = new Feed(response as AsyncIterable<Uint8Array> as Exclude<Body, Uint8Array>, maxBytes)
    this.feed.into({
      piece: (bytes, given) => events.piece(bytes, given),
      finish: (error) => (error === undefined ? this.finish() : this.fail(this.broken(error))),
    })
    if (this.early > 0) this.feed.want(this.early)
  }

  private finish(): void {
    if (this.over) return
    this.stop()
    this.init.events.finished()
  }

  private fail(why: string): void {
    if (this.over) return
    this.stop()
    this.init.events.failed(why)
  }

  private end(): void {
    const { body } = this.init
    if (!isWhole(body))
      body[Symbol.asyncIterator]()
        .return?.()
        .catch(() => undefined)
    this.feed?.leave()
    this.life.abort()
  }

  private broken(thrown: unknown): string {
    const { host } = this.init.target
    if (thrown instanceof HitherError && thrown.code === 'too-large')
      return `the response of ${host} is longer than ${this.init.maxBytes} bytes, which is the function's \`limits.bodyBytes\``
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
    if (code === 'HPE_HEADER_OVERFLOW')
      return `the response of ${host} has headers of more than ${HEADER_MAX_BYTES} bytes`
    if (code.startsWith('HPE_')) return `${host} did not answer with HTTP (${code})`
    return `the connection to ${host} broke before the response was complete`
  }
}

/** Who sends nothing by these says so. */
function framingOf(method: string, body: Body): Framing {
  if (!isWhole(body)) return 'pieces'
  return body.length > 0 || method === 'POST' || method === 'PUT' ? body.length : 'none'
}

/** Also where it closes: then nothing waits any more. */
async function drained(request: ClientRequest): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  try {
    await Promise.race([once(request, 'drain', { signal }), once(request, 'close', { signal })])
  } finally {
    over.abort()
  }
}
