import { readFileSync } from 'node:fs'
import ivm from 'isolated-vm'
import { DEFAULT_LIMITS } from '@hither/core'
import { AHEAD_AFTER_MS, RANDOM_POOL_BYTES } from '../guest/wall/limits.ts'
import { LOADING } from '../guest/wall/protocol.ts'
import { Asks } from './guest-asks.ts'
import { Outbox } from './guest-outbox.ts'
import { compileEntry } from './guest-module.ts'
import { makeRoom } from './guest-process.ts'
import { connectRuntime, type GuestRefs } from './guest-runtime.ts'

/** An isolate with the web platform in it, connected with its process, which nobody has used yet. */
export interface Blank {
  readonly isolate: ivm.Isolate
  readonly context: ivm.Context
  /** Of a bundle that is a module, where it was booted ahead. */
  entry?: ivm.Module
  readonly entries: GuestRefs
  readonly outbox: Outbox
  /** Without any services yet. */
  readonly asks: Asks
  /** Told when V8 loses control of it. */
  onCatastrophe: (message: string) => void
}

/** The name of the runtime in stacks. */
const RUNTIME = 'hither:runtime'

/**
 * An isolate that makes a snapshot has no SharedArrayBuffer, and the runtime asks for its getters. It goes again before the
 * snapshot is taken: V8 gives each isolate its own, and would give it beside this one, where taking away finds only one.
 */
const LEND = 'globalThis.SharedArrayBuffer = class { get byteLength() { return 0 } get growable() { return false } }'
const TAKE_BACK = 'delete globalThis.SharedArrayBuffer'

/**
 * The life of a function and what nearly every call uses, so that V8 compiles it before. It runs in a context of its own, of which
 * nothing stays.
 */
const WARMUP = `{
  const port = new Proxy({}, { get: (_, name) => () => name === 'random' ? new ArrayBuffer(${RANDOM_POOL_BYTES}) : undefined })
  const guest = __hither(port)
  guest.start('{"A":"b"}')
  const handler = { fetch: (request, env) => new Response('text', { status: request.method === 'GET' ? 200 : 201 }) }
  guest.adopt({ bundle: { default: handler }, loaded: true })
  guest.end(${LOADING})
  guest.invoke(1, 'GET', 'http://fn.localhost/a?b=c', 'accept\\n*/*\\nuser-agent\\na', undefined)
  guest.invoke(2, 'POST', 'http://fn.localhost/', 'content-type\\ntext/plain', new ArrayBuffer(1))

  const request = new Request('http://fn.localhost/?a=1', { method: 'POST', headers: { a: 'b' }, body: 'text' })
  new URL(request.url).searchParams.get('a')
  request.text()
  const response = new Response(new TextEncoder().encode('text'), { headers: [['a', 'b']] })
  response.headers.get('a')
  new Response(new ReadableStream({ pull(controller) { controller.close() } })).text()
  Response.json({}).json()
}`

/** A bundle that is looked at and not adopted. */
const NO_HANDLER = '({ bundle: { default: class {} }, loaded: true })'

/** No call has such an id, so that whatever is said of it is dropped. */
const REHEARSALS = [-1, -2]

let snapshot: ivm.ExternalCopy<ArrayBuffer> | undefined
let script: { code: string; cachedData?: ivm.ExternalCopy<ArrayBuffer> } | undefined
let ahead: Blank | undefined

/** From now on isolates start from this. It must be of this very build, under the same flags of V8. It is taken over: a copy would be 2 MB more. */
export function startFrom(bytes: ArrayBuffer): void {
  snapshot = new ivm.ExternalCopy(bytes, { transferOut: true })
}

/** Makes what `startFrom` takes, and tries it. V8 may abort the process instead. */
export function makeSnapshot(): Uint8Array<ArrayBuffer> {
  const scripts = [{ code: LEND }, { code: readRuntime(), filename: RUNTIME }, { code: TAKE_BACK }]
  const made = ivm.Isolate.createSnapshot(scripts, WARMUP)
  startFrom(made.copy())
  bootBlank(DEFAULT_LIMITS.memoryMb).isolate.dispose()
  return new Uint8Array(made.copy())
}

/** One that was booted ahead, where it has the right limit; else a new one. */
export function takeBlank(memoryMb: number): Blank {
  const taken = ahead
  if (taken === undefined || memoryMb !== DEFAULT_LIMITS.memoryMb) return bootBlank(memoryMb)
  ahead = undefined
  // Not at once: what was just loaded is about to be called.
  setTimeout(bootAhead, AHEAD_AFTER_MS).unref()
  return taken
}

/** Keeps one ready, with the limit that most functions have. It has nothing of a user in it, and takes 6 MB. */
export function bootAhead(): void {
  if (ahead !== undefined) return
  ahead = bootBlank(DEFAULT_LIMITS.memoryMb)
  rehearse(ahead)
  ahead.entry = compileEntry(ahead.isolate)
}

/**
 * Has it look at a bundle, and answer calls that nobody made. What V8 makes in each isolate anew, such as regular expressions in their compiled form, no
 * snapshot holds; it took half of the first answer. There is no handler yet, and who answers then is the runtime.
 */
function rehearse({ context, entries }: Blank): void {
  const entry: ivm.Reference<object> = context.evalSync(NO_HANDLER, { reference: true })
  entries.adopt.applySync(undefined, [entry.derefInto()])
  entry.release()
  for (const id of REHEARSALS) {
    entries.invoke.applySync(undefined, [id, 'GET', 'http://fn.localhost/?a=b', 'accept\n*/*', undefined])
  }
}

function bootBlank(memoryMb: number): Blank {
  makeRoom(memoryMb)
  const isolate = new ivm.Isolate({
    memoryLimit: memoryMb,
    onCatastrophicError: (message) => blank.onCatastrophe(message),
    ...(snapshot !== undefined && { snapshot }),
  })
  const context = isolate.createContextSync()
  if (snapshot === undefined) evaluate(isolate, context)
  const asks = new Asks()
  const outbox = new Outbox(asks)
  const entries = connectRuntime(context, outbox.port)
  const blank: Blank = { isolate, context, entries, outbox, asks, onCatastrophe: () => undefined }
  return blank
}

/** Compiled once in this process. The compiled form is ours, never a user's: V8 believes it blindly. */
function evaluate(isolate: ivm.Isolate, context: ivm.Context): void {
  script ??= { code: readRuntime() }
  const { code, cachedData } = script
  const compiled = isolate.compileScriptSync(
    code,
    cachedData === undefined ? { filename: RUNTIME, produceCachedData: true } : { filename: RUNTIME, cachedData },
  )
  if ('cachedData' in compiled) script.cachedData = compiled.cachedData as ivm.ExternalCopy<ArrayBuffer>
  compiled.runSync(context)
  compiled.release()
}

function readRuntime(): string {
  return readFileSync(new URL('../../dist/guest/runtime.js', import.meta.url), 'utf8')
}
