import './url.ts'
import './url-pattern.ts'
import './numbers.ts'
// Before the request's: it fills in what that one's conversions ask for.
import { Response } from 'undici/lib/web/fetch/response.js'
import { FormData } from 'undici/lib/web/fetch/formdata.js'
import { Headers } from 'undici/lib/web/fetch/headers.js'
import { Request } from 'undici/lib/web/fetch/request.js'
import { expose } from '../expose.ts'
import { fetch } from './fetch.ts'
import { addWasmStreaming } from './wasm-streaming.ts'
import { tameWebAssembly } from './wasm.ts'

/**
 * What shares memory between threads, and what could not keep its word: V8 runs the callbacks of a FinalizationRegistry as
 * tasks, which entries that are synchronous never reach, and which no limit would hold if they did.
 */
const REMOVED = ['SharedArrayBuffer', 'Atomics', 'FinalizationRegistry']

/** The globals that are built on others, and the removal of those that nobody may have. */

expose({ fetch, FormData, Headers, Request, Response })

/** What can be done only in the isolate that is to run: a snapshot holds neither WebAssembly nor shared memory. */
export function tame(): void {
  tameWebAssembly()
  addWasmStreaming()
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name)
}
