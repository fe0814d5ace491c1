import type { ErrorCode, PeerId, Route } from '@hither/core'
import { ASK_AGAIN_JITTER, ASK_AGAIN_MAX_MS, ASK_AGAIN_MIN_MS, WAIT_DEFAULT_MS, WAITING_MAX } from '../limits/calls.ts'
import type { CallComponents, ChosenRoute, Journey } from './journey.ts'

/** What a runner may have said that holds only for a while: whoever says how long to wait waits for the end of that too. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['busy', 'draining', 'not-volunteering', 'peer-unreachable'])

/**
 * Waits until it is worth asking again, and takes those who may say something else now off those that were tried. False where nobody is
 * worth waiting for, or it has waited for as long as it may: then it asks once more only where nobody else does. Throws the deadline's error.
 */
export async function waitForPlace(on: CallComponents, journey: Journey, route: Route): Promise<boolean> {
  const { patience, tried, deadline } = journey
  const full = saying(journey, (code) => code === 'busy')
  const leftMs = leftOf(on, journey, full.size)
  if (leftMs <= 0 || (patience.place === undefined && on.waiting.length >= WAITING_MAX)) return false
  patience.place ??= { number: on.waiting.enter(), since: on.now() }
  const ms = pauseMs(on, journey, full, route)
  tell(journey, full, ms)
  const hopeless = saying(journey, (code) => !PASSING.has(code))
  const { number } = patience.place
  const place = { number, fn: fnOf(journey), timeMs: deadline.endsAt - on.now(), full, hopeless }
  if (!(await on.waiting.turn(place, { ms, leftMs }, deadline.signal))) return false
  for (const peer of saying(journey, (code) => PASSING.has(code))) tried.delete(peer)
  return true
}

/**
 * Others of this peer and function wait already for the runner that would be asked for want of a better one: to ask it as well would
 * only have it refuse once more, or pass them by. It counts as full then.
 */
export function comesBehind({ waiting, now }: CallComponents, journey: Journey, route: ChosenRoute): boolean {
  const { choice, retryAfterMs } = route
  const { patience, tried, deadline } = journey
  if (patience.place !== undefined || patience.waitMs === 0 || retryAfterMs === undefined) return false
  if (!waiting.isWaitedFor(choice, fnOf(journey), deadline.endsAt - now())) return false
  tried.set(choice, { code: 'busy', retryAfterMs, message: 'it is full, and other calls of this peer wait for it' })
  return true
}

/**
 * How long a call may wait in the line of this machine's own runner, in ms. Where nobody else could take it there is no use in a refusal,
 * and a place that gets free is its at once.
 */
export function ownLineMs({ links }: CallComponents, { patience }: Journey, { choice, alone }: ChosenRoute): number {
  return choice === links.self && alone === true ? (patience.waitMs ?? Infinity) : 0
}

function fnOf({ resolved }: Journey): string {
  return resolved.cid.toString()
}

function saying({ tried }: Journey, is: (code: ErrorCode) => boolean): Set<PeerId> {
  return new Set([...tried].filter(([, { code }]) => is(code)).map(([peer]) => peer))
}

/** How long it may wait still, in ms. Who was promised nothing waits only for a place, and nobody until no time is left to run. */
function leftOf(on: CallComponents, { patience, tried, deadline }: Journey, full: number): number {
  const { waitMs, place } = patience
  const passing = full > 0 || tried.size === 0 || [...tried.values()].some(({ code }) => PASSING.has(code))
  const may = waitMs === undefined ? full > 0 : passing
  if (!may) return 0
  const waitedMs = place === undefined ? 0 : on.now() - place.since
  return Math.min((waitMs ?? WAIT_DEFAULT_MS) - waitedMs, deadline.endsAt - on.now() - ASK_AGAIN_MIN_MS)
}

/** Until the first of the full ones may have a place, by its own word as far as that can be; a little more or less by chance. */
function pauseMs(
  { random }: CallComponents,
  { tried }: Journey,
  full: ReadonlySet<PeerId>,
  { retryAfterMs = 0 }: Route,
): number {
  const said = [...full].map((peer) => tried.get(peer)?.retryAfterMs ?? ASK_AGAIN_MIN_MS)
  const ms = Math.min(ASK_AGAIN_MAX_MS, Math.max(ASK_AGAIN_MIN_MS, retryAfterMs, Math.min(...said)))
  return ms * (1 - ASK_AGAIN_JITTER + 2 * ASK_AGAIN_JITTER * random())
}

/** Once for each set of runners: how often they are asked is of no interest. */
function tell({ patience, onProgress }: Journey, full: ReadonlySet<PeerId>, nextMs: number): void {
  const who = [...full].toSorted()
  const told = who.join()
  if (patience.told === told) return
  patience.told = told
  onProgress({ type: 'call:waiting', why: words(full.size), who, nextMs })
}

function words(full: number): string {
  if (full === 0) return 'nobody who could run it takes work now'
  return full === 1 ? 'the one runner that could take it is full' : `all ${full} runners that could take it are full`
}
