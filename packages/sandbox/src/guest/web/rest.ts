import './url.ts'
// Before the request's: it fills in what that one's conversions ask for.
import { Response } from 'undici/lib/web/fetch/response.js'
import { FormData } from 'undici/lib/web/fetch/formdata.js'
import { Headers } from 'undici/lib/web/fetch/headers.js'
import { Request } from 'undici/lib/web/fetch/request.js'
import { expose } from '../expose.ts'
import { tameWebAssembly } from './wasm.ts'

/** What shares memory between threads, and what runs user code where no limit holds. */
const REMOVED = ['SharedArrayBuffer', 'Atomics', 'FinalizationRegistry']

/** The globals that are built on others, and the removal of those that nobody may have. */

expose({ FormData, Headers, Request, Response })
tameWebAssembly()
for (const name of REMOVED) Reflect.deleteProperty(globalThis, name)
