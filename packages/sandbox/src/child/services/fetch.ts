import type { Headers } from '@hither/core'
import { isBodiless, UNWANTED, type FetchOrder } from '../../guest/wall/fetch.ts'
import { LOADING } from '../../guest/wall/protocol.ts'
import type { Outside, OutsideExchange, OutsideResponse } from '../outside.ts'
import { Download } from './fetch-download.ts'
import { ServiceError, type Answer, type Ask, type Service } from './service.ts'

/** Why there is nothing to be had of a request. */
const GONE = 'fetch failed: it can be read only while the call that fetched it runs, and was not given up'

/**
 * What is true of a body only as it came. A handler may answer with what it fetched, or with what it made of that and the same headers:
 * whoever reads the answer would unpack it once more, or miss the rest.
 */
const OF_PACKED = new Set(['content-encoding', 'content-length'])

/** One request of a function, and what the isolate still waits for of it. */
interface Request {
  call: number
  download: Download
  exchange?: OutsideExchange
  head: PromiseWithResolvers<OutsideResponse>
  room: PromiseWithResolvers<void> | undefined
  failed: ServiceError | undefined
  /** All of its response came, so that nobody reads what is left of the request's body. */
  answered: boolean
}

/**
 * Requests of one isolate. Their pieces are unpacked here, behind the same walls as the function: what unpacks to gigabytes costs its
 * own processor time, and is unpacked only as far as it is read.
 */
export class FetchService implements Service {
  readonly #outside: Outside
  readonly #maxBytes: number
  readonly #requests = new Map<number, Request>()

  /** `maxBytes`: of one response, unpacked. */
  constructor(outside: Outside, maxBytes: number) {
    this.#outside = outside
    this.#maxBytes = maxBytes
  }

  answer({ text, buffers, call }: Ask): Answer | Promise<Answer> {
    const order = JSON.parse(text) as FetchOrder
    if (order.do === 'send') return this.#send(call, order, buffers[0])
    const request = this.#requests.get(order.id)
    if (order.do === 'drop') return this.#drop(order.id)
    if (request === undefined || request.call !== call) throw new ServiceError('TypeError', GONE)
    if (order.do === 'read') return this.#read(order.id, request)
    if (order.do === 'write') return this.#write(request, new Uint8Array(buffers[0] ?? new ArrayBuffer(0)))
    request.exchange?.uploaded()
    return ''
  }

  end(call: number): void {
    for (const [id, request] of this.#requests) if (request.call === call) this.#drop(id)
  }

  close(): void {
    for (const id of this.#requests.keys()) this.#drop(id)
  }

  async #send(call: number, order: FetchOrder & { do: 'send' }, body: ArrayBuffer | undefined): Promise<string> {
    const { id, method, url, headers } = order
    if (call === LOADING)
      throw new ServiceError('TypeError', 'fetch failed: it belongs into a call, not where the module loads')
    if (this.#requests.has(id)) throw new ServiceError('TypeError', 'there is such a request already')
    const download = new Download(this.#maxBytes, (bytes) => request.exchange?.read(bytes))
    const head = Promise.withResolvers<OutsideResponse>()
    const request: Request = { call, download, head, room: undefined, failed: undefined, answered: false }
    this.#requests.set(id, request)
    const whole = body === undefined ? new Uint8Array(0) : new Uint8Array(body)
    const asked = {
      method,
      url,
      headers: pairsOf(headers),
      body: order.streams === true ? ('streams' as const) : whole,
    }
    request.exchange = this.#outside.fetch(call, asked, {
      fetched: head.resolve,
      piece: (bytes) => download.put(bytes),
      finished: () => {
        download.finish()
        request.answered = true
        request.room?.resolve()
      },
      room: () => request.room?.resolve(),
      failed: (why) => {
        request.failed = new ServiceError('TypeError', `fetch failed: ${why}`)
        head.reject(request.failed)
        request.room?.reject(request.failed)
        download.fail(request.failed)
      },
    })
    try {
      const response = await head.promise
      const { status, statusText } = response
      const unpacked = !isBodiless(method, status) && download.unpack(codingsOf(response.headers))
      const kept = unpacked ? response.headers.filter(([name]) => !OF_PACKED.has(name)) : response.headers
      return JSON.stringify({ status, statusText, headers: kept.flat() })
    } catch (error) {
      this.#requests.delete(id)
      throw error
    }
  }

  /** Bytes, or an empty text at their end. */
  async #read(id: number, { download }: Request): Promise<Answer> {
    try {
      const bytes = await download.next()
      if (bytes !== undefined) return bytes
    } catch (error) {
      this.#drop(id)
      throw error
    }
    this.#requests.delete(id)
    return ''
  }

  /** Answered when there is room for the next piece, or nobody to read it. */
  async #write(request: Request, bytes: Uint8Array): Promise<string> {
    const { exchange } = request
    if (exchange === undefined) throw new ServiceError('TypeError', GONE)
    for (let at = 0; at < bytes.length;) {
      if (request.failed !== undefined) throw request.failed
      if (request.answered) return UNWANTED
      if (exchange.hasRoom) at += exchange.upload(bytes.subarray(at))
      else {
        request.room = Promise.withResolvers()
        await request.room.promise
      }
    }
    return ''
  }

  #drop(id: number): string {
    const request = this.#requests.get(id)
    this.#requests.delete(id)
    if (request === undefined) return ''
    request.exchange?.drop()
    request.failed ??= new ServiceError('TypeError', GONE)
    request.head.reject(request.failed)
    request.room?.reject(request.failed)
    request.download.close()
    return ''
  }
}

function pairsOf(flat: readonly string[]): Headers {
  const headers: Headers = []
  for (let at = 0; at < flat.length; at += 2) headers.push([flat[at] ?? '', flat[at + 1] ?? ''])
  return headers
}

/** What was done to a body, the last first. */
function codingsOf(headers: Headers): string[] {
  const values = headers.filter(([name]) => name === 'content-encoding').map(([, value]) => value)
  const codings = values.join(',').split(',')
  return codings
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
    .toReversed()
}
