import { FleetingMap } from '@hither/core/fleeting'
import { LOADING } from '../wall/protocol.ts'
import { host } from '../host.ts'
import type { AbortSignal } from '../web/abort.ts'

/** One request and all that runs on its account. */
export interface Call {
  readonly id: number
  signal: AbortSignal | undefined
  /** Brings what its request's body waits for, and breaks it off when the call is over. */
  feed: ((taken: ArrayBuffer | true | string) => void) | undefined
  /** Lets its answer go on. */
  resume: (() => void) | undefined
  /** What still runs: the handler, and each promise given to `waitUntil`. */
  open: number
  /** It has answered and goes on for `waitUntil`. */
  background: boolean
  /** What it has logged so far. */
  logged: { chars: number; lines: number; cut: boolean }
}

/** Why the body of a request breaks off when its call does. */
export const BODY_GONE = 'the call is over, and so is the body of its request'

const calls = new FleetingMap<number, Call>()
const closers: ((call: Call) => void)[] = []
const givers: ((call: Call, reason: unknown) => void)[] = []

/**
 * On whose account the present code runs. Each entry from outside sets it; what the entry sets off is drained before the
 * next, so it need never be reset.
 */
export let current: Call = openCall(LOADING)

const loading = current

/** What comes now is the bundle, and none of what was rehearsed before. */
export function enterLoading(): void {
  enter(loading)
}

export function enter(call: Call): void {
  current = call
}

export function openCall(id: number): Call {
  const call = newCall(id)
  calls.set(id, call)
  return call
}

export function findCall(id: number): Call | undefined {
  return calls.get(id)
}

/** It has its answer, or has failed: whatever it still does is for `waitUntil`, and its request's body is gone. */
export function settle(call: Call): void {
  call.background = call.open > 1
  call.feed?.(BODY_GONE)
}

/** One thing less that runs for it. The last one closes it. */
export function release(call: Call): void {
  call.open -= 1
  if (call.open === 0 && closeCall(call) && call.background) host.over(call.id)
}

/** False where it was closed before. */
export function closeCall(call: Call): boolean {
  if (!calls.delete(call.id)) return false
  for (const close of closers) close(call)
  return true
}

/** For whatever belongs to a call and must go with it. */
export function onClose(close: (call: Call) => void): void {
  closers.push(close)
}

/** Its caller has given up. Where nothing runs for `waitUntil`, what the handler waits for goes too. */
export function giveUpCall(call: Call, reason: unknown): void {
  if (call.open === 1) for (const giveUp of givers) giveUp(call, reason)
}

/** For what a handler waits for and nobody needs once its caller has given up. */
export function onGiveUp(giveUp: (call: Call, reason: unknown) => void): void {
  givers.push(giveUp)
}

/** Nothing of it is missing: what is would be looked for on `Object.prototype`, where user code could put it. */
function newCall(id: number): Call {
  const logged = { chars: 0, lines: 0, cut: false }
  return { id, signal: undefined, feed: undefined, resume: undefined, open: 1, background: false, logged }
}
