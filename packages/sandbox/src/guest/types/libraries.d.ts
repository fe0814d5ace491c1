/** What the runtime uses of libraries that declare nothing themselves. */

declare module 'whatwg-url' {
  export class URL {
    constructor(url: string)
    static parse(url: string, base: string): URL | null
    readonly href: string
    readonly origin: string
    readonly protocol: string
    hash: string
  }
  export const URLSearchParams: unknown
}

declare module 'urlpattern-polyfill/urlpattern' {
  export const URLPattern: unknown
}

declare module 'undici/lib/web/fetch/response.js' {
  import type { URL } from 'whatwg-url'
  import type { ReadableStream } from 'web-streams-polyfill'
  import type { ExtractedBody } from 'undici/lib/web/fetch/body.js'
  import type { HeadersList } from 'undici/lib/web/fetch/headers.js'

  export interface Response {
    readonly status: number
    readonly ok: boolean
    readonly headers: { get(name: string): string | null }
    arrayBuffer(): Promise<ArrayBuffer>
  }
  export const Response: new (body: string, init: { status: number; headers: Record<string, string> }) => Response
  export interface ResponseState {
    status: number
    headersList: { headersMap: Map<string, { value: string }>; cookies: string[] | null }
    body?: { source: unknown; stream: ReadableStream<unknown>; length: number | null } | null
  }
  export function getResponseState(response: Response): ResponseState

  interface InnerResponse {
    status: number
    statusText: string
    headersList: HeadersList
    urlList: URL[]
    body: ExtractedBody | null
  }
  export function makeResponse(init: InnerResponse): InnerResponse
  export function filterResponse(inner: InnerResponse, type: 'basic'): InnerResponse
  export function fromInnerResponse(inner: InnerResponse, guard: 'immutable'): Response
}

declare module 'undici/lib/web/fetch/data-url.js' {
  import type { URL } from 'whatwg-url'

  export function dataURLProcessor(url: URL): { mimeType: object; body: Uint8Array } | 'failure'
  export function serializeAMimeType(type: object): string
}

declare module 'undici/lib/web/fetch/body.js' {
  import type { ReadableStream } from 'web-streams-polyfill'
  import type { ResponseState } from 'undici/lib/web/fetch/response.js'

  export interface ExtractedBody {
    stream: ReadableStream<unknown>
    source: unknown
    length: number | null
  }
  export function extractBody(object: unknown): [body: ExtractedBody, type: string | null]
  export function bodyUnusable(state: ResponseState): boolean
}

declare module 'undici/lib/web/fetch/headers.js' {
  export const Headers: unknown
  export class HeadersList {
    append(name: string, value: string, isLowerCase: boolean): void
    get(name: string, isLowerCase: boolean): string | null
  }
}

declare module 'undici/lib/web/fetch/request.js' {
  import type { ReadableStream } from 'web-streams-polyfill'
  import type { HeadersList } from 'undici/lib/web/fetch/headers.js'
  import type { ExtractedBody } from 'undici/lib/web/fetch/body.js'
  import type { AbortSignal } from '../web/abort.ts'

  interface RequestInit {
    method: string
    headers: [string, string][]
    body: Uint8Array | ReadableStream<Uint8Array> | null
    duplex?: 'half'
  }
  export class Request {
    constructor(url: string, init: RequestInit)
    constructor(input: unknown, init: unknown)
    readonly method: string
    readonly url: string
    readonly redirect: 'follow' | 'error' | 'manual'
    readonly integrity: string
    readonly signal: AbortSignal
    readonly headers: { get(name: string): string | null } & Iterable<[string, string]>
    text(): Promise<string>
  }
  /** A request as the Fetch Standard has it, behind the object. */
  export interface RequestState {
    method: string
    url: { href: string }
    urlList: { href: string }[]
    headersList: HeadersList
    body: ExtractedBody | null
  }
  export function getRequestState(request: Request): RequestState
  export function fromInnerRequest(
    state: RequestState,
    dispatcher: undefined,
    signal: AbortSignal,
    guard: 'request',
  ): Request
}

declare module 'undici/lib/web/fetch/formdata.js' {
  export const FormData: unknown
}

declare module 'undici/lib/web/webidl/index.js' {
  import type { Response } from 'undici/lib/web/fetch/response.js'

  export const webidl: {
    is: { Response(value: unknown): value is Response }
    util: { ConvertToInt(value: unknown, bits: number, ...how: unknown[]): number }
  }
}

/** The part of V8's globals that no ECMAScript edition lists. */
declare namespace WebAssembly {
  const Module: new (bytes: unknown) => object
  const Instance: new (module: object, imports?: unknown) => object
  const Memory: { prototype: object }
  const compile: (bytes: unknown) => Promise<object>
  const instantiate: (source: unknown, imports?: unknown) => Promise<object>
}
