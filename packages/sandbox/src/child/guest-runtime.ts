import ivm from 'isolated-vm'
import type { Boot, GuestPort, HostPort } from '../guest/wall/protocol.ts'

/** The way into the isolate, each entry as a reference to call it by. */
export type GuestRefs = { [Entry in keyof GuestPort]: ivm.Reference<GuestPort[Entry]> }

const ENTRIES = [
  'start',
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

/** Connects the web platform of an isolate with its process. Nothing of the connection can be found by user code. */
export function connectRuntime(
  context: ivm.Context,
  port: Record<keyof HostPort, (...args: never[]) => unknown>,
): GuestRefs {
  const exits = EXITS.map((name, at) => `${name}: $${at}`).join()
  const connect = `const boot = __hither; delete globalThis.__hither; return boot({ ${exits} })`
  const callbacks = EXITS.map((name) => new ivm.Callback<(...args: never[]) => unknown>(port[name]))
  const entries: ivm.Reference<ReturnType<Boot>> = context.evalClosureSync(connect, callbacks, {
    result: { reference: true },
  })
  const refs = ENTRIES.map((name) => [name, entries.getSync(name, { reference: true })])
  entries.release()
  return Object.fromEntries(refs) as GuestRefs
}
