import type { Route } from '@hither/core'
import { ATTEMPTS_MAX } from '../limits.ts'
import { waitForLinks } from '../network.ts'
import type { CallComponents, ChosenRoute, Journey } from './journey.ts'
import { noRunner } from './no-runner.ts'

/**
 * The router's choice among those that this call has not tried. While links may be expected to come up, it waits for another
 * runner to appear. Throws `no-runner`.
 */
export async function nextRoute(on: CallComponents, journey: Journey): Promise<ChosenRoute> {
  const routingAt = on.now()
  const route = chosen(ask(on, journey)) ?? (await waitForRunner(on, journey))
  journey.routeMs += on.now() - routingAt
  if (route === undefined || journey.attempts.length >= ATTEMPTS_MAX) {
    throw noRunner(journey.attempts, ask(on, journey), on.links.list().length, journey.resolved.publisher)
  }
  journey.onProgress({ type: 'call:routed', route })
  return route
}

async function waitForRunner(on: CallComponents, journey: Journey): Promise<ChosenRoute | undefined> {
  if (on.joining.leftMs() === 0 && !on.joining.late()) return undefined
  journey.onProgress({
    type: 'call:waiting',
    why: `no ${journey.attempts.length > 0 ? 'other ' : ''}runner is known yet`,
  })
  return waitForLinks(on.links, () => chosen(ask(on, journey)), on.joining, { signal: journey.deadline.signal })
}

function ask(on: CallComponents, { resolved, needs, prefer, avoid, tier, attempts }: Journey): Route {
  const { cid, publisher } = resolved
  const tried = new Set(attempts.map(({ peer }) => peer))
  return on.placement.route(
    { cid, ...(publisher !== undefined && { publisher }), needs, tried, prefer, avoid, ...(tier && { tier }) },
    on.now(),
  )
}

function chosen(route: Route): ChosenRoute | undefined {
  return route.choice === undefined ? undefined : { ...route, choice: route.choice }
}
