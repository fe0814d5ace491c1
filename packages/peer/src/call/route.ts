import { toHitherError, type Route } from '@hither/core'
import { ATTEMPTS_MAX } from '../limits.ts'
import { waitForLinks } from '../network.ts'
import type { CallComponents, ChosenRoute, Journey } from './journey.ts'
import { noRunner } from './no-runner.ts'
import { waitForPlace } from './patience.ts'
import { withAttempts } from './with-attempts.ts'

/**
 * The router's choice among those that this call has not tried. Where all who could run it are full it waits for a place, and while
 * links may be expected to come up, for another runner to appear. Throws `no-runner`.
 */
export async function nextRoute(on: CallComponents, journey: Journey): Promise<ChosenRoute> {
  const routingAt = on.now()
  try {
    const route = await search(on, journey)
    if (route === undefined) {
      throw noRunner(journey.attempts, ask(on, journey), on.links.list().length, journey.resolved.publisher)
    }
    journey.onProgress({ type: 'call:routed', route })
    return route
  } catch (thrown) {
    throw journey.deadline.signal.aborted ? withAttempts(toHitherError(thrown), journey.attempts) : thrown
  } finally {
    journey.routeMs += on.now() - routingAt
  }
}

async function search(on: CallComponents, journey: Journey): Promise<ChosenRoute | undefined> {
  do {
    const route = chosen(ask(on, journey))
    if (route !== undefined && journey.tried.size < ATTEMPTS_MAX) return route
  } while (await waitForPlace(on, journey))
  return journey.tried.size < ATTEMPTS_MAX ? waitForRunner(on, journey) : undefined
}

async function waitForRunner(on: CallComponents, journey: Journey): Promise<ChosenRoute | undefined> {
  if (on.joining.leftMs() === 0 && !on.joining.late()) return undefined
  journey.onProgress({
    type: 'call:waiting',
    why: `no ${journey.attempts.length > 0 ? 'other ' : ''}runner is known yet`,
  })
  return waitForLinks(on.links, () => chosen(ask(on, journey)), on.joining, { signal: journey.deadline.signal })
}

function ask(on: CallComponents, { resolved, needs, prefer, avoid, tier, tried }: Journey): Route {
  const { cid, publisher } = resolved
  return on.placement.route(
    {
      cid,
      ...(publisher !== undefined && { publisher }),
      needs,
      tried: new Set(tried.keys()),
      prefer,
      avoid,
      ...(tier && { tier }),
    },
    on.now(),
  )
}

function chosen(route: Route): ChosenRoute | undefined {
  return route.choice === undefined ? undefined : { ...route, choice: route.choice }
}
