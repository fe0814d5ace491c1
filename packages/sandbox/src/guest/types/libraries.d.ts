/** What the runtime uses of libraries that declare nothing themselves. */

declare module 'whatwg-url' {
  export const URL: unknown
  export const URLSearchParams: unknown
}

declare module 'urlpattern-polyfill/urlpattern' {
  export const URLPattern: unknown
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
}

declare module 'undici/lib/web/fetch/headers.js' {
  export const Headers: unknown
}

declare module 'undici/lib/web/fetch/request.js' {
  import type { ReadableStream } from 'web-streams-polyfill'
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
}

declare module 'undici/lib/web/fetch/formdata.js' {
  export const FormData: unknown
}

declare module 'undici/lib/web/webidl/index.js' {
  import type { Response } from 'undici/lib/web/fetch/response.js'

  export const webidl: { is: { Response(value: unknown): value is Response } }
}

/** The part of V8's globals that no ECMAScript edition lists. */
declare namespace WebAssembly {
  const Module: new (bytes: unknown) => object
  const Instance: new (module: object, imports?: unknown) => object
  const Memory: { prototype: object }
}
