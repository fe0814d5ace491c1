/** What the runtime uses of libraries that declare nothing themselves. */

declare module 'whatwg-url' {
  export const URL: unknown
  export const URLSearchParams: unknown
}

declare module 'undici/lib/web/fetch/response.js' {
  import type { ReadableStream } from 'web-streams-polyfill'

  export interface Response {
    readonly status: number
  }
  export const Response: new (body: string, init: { status: number; headers: Record<string, string> }) => Response
  export interface ResponseState {
    status: number
    headersList: { headersMap: Map<string, { value: string }>; cookies: string[] | null }
    body?: { source: unknown; stream: ReadableStream<unknown> } | null
  }
  export function getResponseState(response: Response): ResponseState
}

declare module 'undici/lib/web/fetch/body.js' {
  import type { ResponseState } from 'undici/lib/web/fetch/response.js'

  export function bodyUnusable(state: ResponseState): boolean
  export function extractBody(body: Uint8Array): [body: NonNullable<ResponseState['body']>, type: string | null]
}

declare module 'undici/lib/web/fetch/headers.js' {
  export const Headers: unknown
  export class HeadersList {
    append(name: string, value: string, isLowerCase: boolean): void
  }
}

declare module 'undici/lib/web/fetch/request.js' {
  import type { ReadableStream } from 'web-streams-polyfill'
  import type { HeadersList } from 'undici/lib/web/fetch/headers.js'
  import type { ResponseState } from 'undici/lib/web/fetch/response.js'
  import type { AbortSignal } from '../web/abort.ts'

  interface RequestInit {
    method: string
    headers: [string, string][]
    body: Uint8Array | ReadableStream<Uint8Array> | null
    duplex?: 'half'
  }
  export class Request {
    constructor(url: string, init: RequestInit)
    readonly method: string
    readonly signal: AbortSignal
    readonly headers: { get(name: string): string | null }
    text(): Promise<string>
  }
  /** A request as the Fetch Standard has it, behind the object. */
  export interface RequestState {
    method: string
    url: { href: string }
    urlList: { href: string }[]
    headersList: HeadersList
    body: ResponseState['body']
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
}
