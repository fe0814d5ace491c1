import type { Outside } from '../../packages/sandbox/src/child/outside.ts'
import type { Guest, GuestEvents, GuestRequest } from '../../packages/sandbox/src/child/guest.ts'
import { loadGuest } from '../../packages/sandbox/src/child/isolate.ts'

const NO_MORE = (): void => undefined

/** Whatever is not awaited: told to nobody. */
export const UNHEARD: GuestEvents = {
  begin: NO_MORE,
  piece: NO_MORE,
  want: NO_MORE,
  leave: NO_MORE,
  done: NO_MORE,
  over: NO_MORE,
}

export const GET: Omit<GuestRequest, 'id'> = {
  method: 'GET',
  url: 'http://fn.localhost/',
  headers: [],
  body: new Uint8Array(0),
}

const NOWHERE: Outside = {
  fetch: () => fail('a benchmark fetches nothing'),
}

/** A function in an isolate, as the sandbox process has it. Whatever it says, or breaks, ends the benchmark. */
export function load(code: string, memoryMb = 128): Guest {
  return loadGuest({
    bundle: code,
    code,
    name: 'bench',
    env: {},
    memoryMb,
    patience: 1,
    bodyBytes: 0,
    outside: NOWHERE,
    onLog: fail,
    onCatastrophe: fail,
  })
}

function fail(what: unknown): never {
  throw new Error(JSON.stringify(what))
}
