import { concat, type LogLine, type ResponseHead, type WireError } from '@hither/core'
import { onTestFinished } from 'vitest'
import type { Guest, GuestCall, GuestLimits, GuestOutcome, GuestRequest, GuestResponse } from '../../src/child/guest.ts'
import { loadGuest } from '../../src/child/isolate.ts'
import type { Outside } from '../../src/child/outside.ts'
import { PIECE_MIN_COST_BYTES } from '../../src/ipc/limits.ts'

type Caller<Result> = (request?: Partial<GuestRequest>, limits?: Partial<GuestLimits>) => Result

/** What was told of a call's bodies. */
export interface Seen {
  head?: ResponseHead
  pieces: Uint8Array[]
  /** Bytes of the request that were asked for. */
  wanted: number
  left: boolean
}

export interface Started {
  guest: Guest
  logs: Omit<LogLine, 'cid'>[]
  /** Turns that no `invoke` began. */
  turns: number
  /** Resolves with what `done` was called with; fails on a second time. Nobody reads the body of an answer. */
  call: Caller<Promise<GuestOutcome> & { handle: GuestCall; seen: Seen }>
  /** The answer, where there is one. */
  fetch: Caller<Promise<Answered>>
  /** The error, where there is none. */
  fail: Caller<Promise<WireError>>
}

interface Answered extends GuestResponse {
  text: string
}

const REQUEST: Omit<GuestRequest, 'id'> = {
  method: 'GET',
  url: 'http://fn.localhost/',
  headers: [],
  body: new Uint8Array(0),
}
const NOTHING = (): void => undefined
const LIMITS: GuestLimits = { cpuMs: 5000, patience: 1, bodyBytes: 1024 * 1024 }

/** As if every host were refused. */
const NOWHERE: Outside = {
  fetch(_call, { url }, events) {
    events.failed(`${url} is not allowed`)
    return { hasRoom: true, upload: ({ length }) => length, uploaded: NOTHING, read: NOTHING, drop: NOTHING }
  },
}

/** Loads a bundle for one test. */
export function start(
  code: string,
  init: { env?: Record<string, string>; memoryMb?: number; outside?: Outside } = {},
): Started {
  const logs: Started['logs'] = []
  let turns = 0
  let calls = 0
  const guest = loadGuest({
    bundle: code,
    code,
    name: 'test',
    env: init.env ?? {},
    memoryMb: init.memoryMb ?? 64,
    patience: LIMITS.patience,
    bodyBytes: LIMITS.bodyBytes,
    outside: init.outside ?? NOWHERE,
    onLog: (line) => logs.push(line),
    onTurn: () => void (turns += 1),
    onCatastrophe: (message) => logs.push({ level: 'error', text: `catastrophe: ${message}` }),
  })
  onTestFinished(() => guest.dispose())

  const call: Started['call'] = (request = {}, limits = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<GuestOutcome>()
    const seen: Seen = { pieces: [], wanted: 0, left: false }
    let times = 0
    const handle = guest.invoke(
      { ...REQUEST, id: ++calls, ...request },
      { ...LIMITS, ...limits },
      {
        begin: (head) => void (seen.head = head),
        piece: (bytes) => void seen.pieces.push(bytes),
        want: (bytes) => void (seen.wanted += bytes),
        leave: () => void (seen.left = true),
        done(outcome) {
          times += 1
          if (times === 1) resolve(outcome)
          else reject(new Error('done was called twice'))
        },
        over: () => undefined,
      },
    )
    return Object.assign(promise, { handle, seen })
  }
  return {
    guest,
    logs,
    get turns() {
      return turns
    },
    call,
    async fetch(request, limits) {
      const called = call(request, limits)
      const outcome = await read(called)
      if ('error' in outcome) throw new Error(`it failed: ${JSON.stringify(outcome.error)}`)
      const { seen } = called
      const response =
        'response' in outcome ? outcome.response : { status: 0, headers: [], ...seen.head, body: all(seen) }
      return { ...response, text: new TextDecoder().decode(response.body) }
    },
    async fail(request, limits) {
      const outcome = await read(call(request, limits))
      if (!('error' in outcome)) throw new Error('it answered')
      return outcome.error
    },
  }
}

/** Reads an answer to its end, as fast as it comes. */
export async function read(called: ReturnType<Started['call']>): Promise<GuestOutcome> {
  const { seen, handle } = called
  const end = called.then((outcome) => ({ outcome }))
  let granted = 0
  for (;;) {
    const bytes = seen.pieces.reduce((sum, piece) => sum + Math.max(piece.length, PIECE_MIN_COST_BYTES), 0)
    if (bytes > granted) handle.grant(bytes - granted)
    granted = bytes
    const ended = await Promise.race([end, new Promise<undefined>((go) => setImmediate(() => go(undefined)))])
    if (ended !== undefined) return ended.outcome
  }
}

export function all({ pieces }: Seen): Uint8Array {
  return concat(
    pieces,
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  )
}

/** Calls that run the code as the body of an async handler. */
export function startHandler(body: string, init?: Parameters<typeof start>[1]): Started {
  return start(`export default async function (request, env, ctx) { ${body} }`, init)
}
