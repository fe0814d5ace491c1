import { decodeRpc, encodeRpc, HitherError, RPC_ERROR, RPC_HEADER, RPC_MAX_CHARS, RPC_TYPE } from '@hither/core'
import type { FetchInit } from './asked.ts'
import type { CallOptions } from './call-options.ts'

/** Exports that cannot be called this way: the handler itself, and what would make the client pass for a promise. */
type NotMethods = 'default' | 'then'
const NOT_METHODS: ReadonlySet<string> = new Set<NotMethods>(['default', 'then'])

/** What a module exports as functions, seen from afar: arguments and results are copies, and each call takes its time. */
export type Functions<Module> = {
  readonly [
    Name in keyof Module as Name extends NotMethods
      ? never
      : Module[Name] extends (...args: never) => unknown
        ? Name
        : never
  ]: Module[Name] extends (...args: infer Args) => infer Result ? (...args: Args) => Promise<Awaited<Result>> : never
}

type Fetch = (name: string, path: string, init: FetchInit) => Promise<Response>

/** A client for the functions of one handler, by the `fetch` of a net. Nothing is sent before a call. */
export function functionsOver<Module extends object>(
  fetch: Fetch,
  name: string,
  options: CallOptions,
): Functions<Module> {
  async function call(method: string, args: unknown[]): Promise<unknown> {
    const response = await fetch(name, '/', {
      ...options,
      method: 'POST',
      // Any word can be an export, but not any stands in a header.
      headers: { [RPC_HEADER]: encodeURIComponent(method), 'content-type': RPC_TYPE },
      body: encodeRpc(args),
    })
    const text = await textOf(response, name, method)
    if (response.headers.get('content-type') !== RPC_TYPE) throw noRpc(name, method, response.status)
    const value = decodeRpc(text)
    if (response.headers.get(RPC_HEADER) === RPC_ERROR) throw value
    return value
  }

  // Which exports there are is for the types to say: here every word is one until it is called.
  return new Proxy(Object.create(null) as Functions<Module>, {
    get: (_, word) =>
      typeof word === 'symbol' || NOT_METHODS.has(word) ? undefined : (...args: unknown[]) => call(word, args),
  })
}

/** Never more than a value may have, whatever the function sends, or what it sends unpacks to. */
async function textOf({ body }: Response, name: string, method: string): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
    if (text.length <= RPC_MAX_CHARS) continue
    await reader.cancel()
    throw new HitherError('result-too-large', `"${name}" answered the call of ${method}() with too much`, {
      why: `a result may take ${RPC_MAX_CHARS} characters`,
      fix: 'let it answer a request, whose body may be longer',
    })
  }
}

function noRpc(name: string, method: string, status: number): HitherError {
  return new HitherError('bad-answer', `"${name}" did not answer the call of ${method}() as functions do`, {
    why: `it answered with the status ${status}, and no result`,
    fix: 'see that it is deployed from a handler with named exports',
  })
}
