import { HitherError, toHitherError, type PeerId, type Route } from '@hither/core'
import { ATTEMPTS_MAX } from '../limits/calls.ts'
import { waitForLinks } from '../network.ts'
import { raced } from '../raced.ts'
import { repeatable } from './attempt.ts'
import type { CallComponents, ChosenRoute, Journey } from './journey.ts'
import { noRunner } from './no-runner.ts'
import { comesBehind, waitForPlace } from './patience.ts'
import { withData } from './with-data.ts'

/**
 * The router's choice among those that this call has not tried: at once, or, where all who could run it are full, when there is a place,
 * or, while links may be expected to come up, when another runner appears. Throws `no-runner`.
 */
export function nextRoute(
  on: CallComponents,
  journey: Journey,
  routingAt: number = on.now(),
): ChosenRoute | Promise<ChosenRoute> {
  const route = ask(on, journey)
  if (!isOpen(on, journey, route)) return waitedRoute(on, journey, route, routingAt)
  looked(on, journey, routingAt)
  return route
}

async function waitedRoute(on: CallComponents, journey: Journey, none: Route, routingAt: number): Promise<ChosenRoute> {
  if (boundTo(on, journey) !== undefined && (await repeatable(on, journey))) {
    delete journey.replayKey
    return nextRoute(on, journey, routingAt)
  }
  try {
    const route = await search(on, journey, none)
    if (route !== undefined) return route
    const { links } = on
    const meeting = { self: links.self, connected: links.list().length, bound: boundTo(on, journey) }
    throw noRunner(journey, ask(on, journey), meeting)
  } catch (thrown) {
    throw journey.deadline.signal.aborted ? withData(toHitherError(thrown), { attempts: journey.attempts }) : thrown
  } finally {
    looked(on, journey, routingAt)
  }
}

function looked(on: CallComponents, journey: Journey, since: number): void {
  journey.routeMs += on.now() - since
  // After the first wait for links, if there was any.
  if (journey.attempts.length === 0) tellUnknown(on, journey)
}

/** Nothing fails by it: a peer that is to be avoided may come yet. */
function tellUnknown({ links, placement }: CallComponents, { wants, onProgress }: Journey): void {
  if (wants.prefer === undefined && wants.avoid === undefined && wants.require === undefined) return
  const named = [wants.prefer, wants.avoid, wants.require].flatMap((whom) => whom ?? [])
  const peers = named.filter((whom) => typeof whom === 'string')
  const unknown = peers.filter((peer) => peer !== links.self && !placement.knows(peer))
  if (unknown.length > 0) onProgress({ type: 'call:unknown-peers', peers: unknown })
}

async function search(on: CallComponents, journey: Journey, first: Route): Promise<ChosenRoute | undefined> {
  let none = first
  for (;;) {
    if (none.overBudget === true && journey.after !== undefined) throw notAgain(journey)
    if (!(await waitForRepetitions(on, journey)) && !(await waitForPlace(on, journey, none))) break
    const route = ask(on, journey)
    if (isOpen(on, journey, route)) return route
    none = route
  }
  return journey.tried.size < ATTEMPTS_MAX ? waitForRunner(on, journey) : undefined
}

/**
 * Where others with its key are under way to the runner that may have it alone, it waits for what becomes of them: if that refuses them
 * all, any runner may have it. It has no place to wait for meanwhile, and waits to its deadline; not where it is not to wait at all. False
 * where there are none, or one is known to have run. Throws the deadline's error.
 */
async function waitForRepetitions({ keyed }: CallComponents, journey: Journey): Promise<boolean> {
  const { replayKey, deadline, patience, onProgress } = journey
  const decided = replayKey === undefined || patience.waitMs === 0 ? undefined : keyed.decided(replayKey)
  if (decided === undefined) return false
  onProgress({ type: 'call:waiting', why: 'the same call is under way, by its idempotency key' })
  await raced(decided, deadline.signal)
  return true
}

/** It leads somewhere, and the call may go there now. */
function isOpen(on: CallComponents, journey: Journey, route: Route): route is ChosenRoute {
  return isChosen(route) && journey.tried.size < ATTEMPTS_MAX && !comesBehind(on, journey, route)
}

/** Where everything fails, failing again and again elsewhere would only add to it: the failure stands. */
function notAgain({ after, attempts }: Journey): HitherError {
  const { code, message, why, fix, data } = after ?? new HitherError('internal', 'nothing failed')
  const error = new HitherError(code, message, {
    why: `${why === undefined ? '' : `${why}; `}it was not tried elsewhere, for too many calls of this peer failed of late`,
    ...(fix !== undefined && { fix }),
    ...(data !== undefined && { data }),
  })
  return withData(error, { attempts })
}

async function waitForRunner(on: CallComponents, journey: Journey): Promise<ChosenRoute | undefined> {
  if (on.joining.leftMs() === 0 && !on.joining.late()) return undefined
  journey.onProgress({
    type: 'call:waiting',
    why: `no ${journey.attempts.length > 0 ? 'other ' : ''}runner is known yet`,
  })
  return waitForLinks(on.links, () => chosen(ask(on, journey)), on.joining, { signal: journey.deadline.signal })
}

/** Whom to send a second copy to, since the first one's answer is late: somebody as good, or nobody. */
export function secondRoute(on: CallComponents, journey: Journey, first: PeerId): ChosenRoute | undefined {
  const { wants, tried } = journey
  return chosen(on.placement.route({ ...wants, tried: new Set([...tried.keys(), first]), hedge: true }, on.now()))
}

function ask(on: CallComponents, journey: Journey): Route {
  const { tried, after } = journey
  const bound = boundTo(on, journey)
  const wants =
    bound === undefined ? journey.wants : { ...journey.wants, require: [...(journey.wants.require ?? []), bound] }
  // Most calls have tried nobody when they ask, and ask once.
  const query = tried.size === 0 ? wants : { ...wants, tried: new Set(tried.keys()) }
  return on.placement.route(after === undefined ? query : { ...query, after: after.code }, on.now())
}

/** While it waited for its route, another call with its key was sent, which binds it. */
export function isBoundElsewhere(on: CallComponents, journey: Journey, { choice }: ChosenRoute): boolean {
  const bound = boundTo(on, journey)
  return bound !== undefined && bound !== choice
}

/** Who alone can tell whether this very call ran already. */
function boundTo({ keyed }: CallComponents, { replayKey }: Journey): PeerId | undefined {
  return replayKey === undefined ? undefined : keyed.runnerOf(replayKey)
}

function chosen(route: Route): ChosenRoute | undefined {
  return isChosen(route) ? route : undefined
}

function isChosen(route: Route): route is ChosenRoute {
  return route.choice !== undefined
}
