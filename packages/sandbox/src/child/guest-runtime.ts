import { readFileSync } from 'node:fs'
import ivm from 'isolated-vm'
import type { Boot, GuestPort, HostPort } from '../guest/wall/protocol.ts'

/** The way into the isolate, each entry as a reference to call it by. */
export type GuestRefs = { [Entry in keyof GuestPort]: ivm.Reference<GuestPort[Entry]> }

const ENTRIES = [
  'adopt',
  'invoke',
  'feed',
  'resume',
  'fire',
  'settle',
  'abort',
  'end',
] as const satisfies readonly (keyof GuestPort)[]
const EXITS = [
  'answer',
  'begin',
  'piece',
  'finish',
  'take',
  'leave',
  'fail',
  'over',
  'arm',
  'log',
  'random',
  'ask',
] as const satisfies readonly (keyof HostPort)[]

let script: { code: string; cachedData?: ivm.ExternalCopy<ArrayBuffer> } | undefined

/** Evaluates the web platform in a new context and connects it. Nothing of the connection can be found by user code. */
export function bootRuntime(
  isolate: ivm.Isolate,
  context: ivm.Context,
  port: Record<keyof HostPort, (...args: never[]) => unknown>,
  env: Record<string, string>,
): GuestRefs {
  evaluate(isolate, context)
  const exits = EXITS.map((name, at) => `${name}: $${at}`).join()
  const connect = `const boot = __hither; delete globalThis.__hither; return boot({ ${exits} }, $${EXITS.length})`
  const callbacks = EXITS.map((name) => new ivm.Callback<(...args: never[]) => unknown>(port[name]))
  const entries: ivm.Reference<ReturnType<Boot>> = context.evalClosureSync(
    connect,
    [...callbacks, JSON.stringify(env)],
    {
      result: { reference: true },
    },
  )
  const refs = ENTRIES.map((name) => [name, entries.getSync(name, { reference: true })])
  entries.release()
  return Object.fromEntries(refs) as GuestRefs
}

/** Compiled once in this process. The compiled form is ours, never a user's: V8 believes it blindly. */
function evaluate(isolate: ivm.Isolate, context: ivm.Context): void {
  script ??= { code: readFileSync(new URL('../../dist/guest/runtime.js', import.meta.url), 'utf8') }
  const { code, cachedData } = script
  const filename = 'hither:runtime'
  const compiled = isolate.compileScriptSync(
    code,
    cachedData === undefined ? { filename, produceCachedData: true } : { filename, cachedData },
  )
  if ('cachedData' in compiled) script.cachedData = compiled.cachedData as ivm.ExternalCopy<ArrayBuffer>
  compiled.runSync(context)
  compiled.release()
}
