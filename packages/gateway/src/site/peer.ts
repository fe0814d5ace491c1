import { HitherError, isPublisherId, onDemand, parseCid } from '@hither/core'
import type { GatewayPeer } from '../api.ts'
import { hostOf } from './address.ts'
import type { Asked, Place, Site } from './site.ts'

/**
 * The functions that a peer can call, by host and by path:
 *
 * - `NAME.PUBLISHER.localhost`, `NAME.localhost` for one's own, `CID.localhost`: each its own origin;
 * - `/fn/PUBLISHER/NAME/…`, `/fn/NAME/…`, `/own/NAME/…`, `/cid/CID/…` for clients that cannot resolve these, all at one origin.
 *
 * A publisher is a key or a petname: where that is also a name of one's own, `/own` says which is meant. What else is asked of the bare host is about the gateway itself.
 */
export function peerSite(peer: GatewayPeer): Site {
  // Hono's server has Node load its client of HTTP and its server of HTTP/2, 3 MB.
  const management = onDemand(async () => (await import('../manage/app.ts')).management(peer))
  return (asked, exchange) => {
    if (asked.labels.length > 0) return placeOf(asked, byHost(asked))
    const found = byPath(asked.path, peer)
    if (found === undefined)
      return management()
        .then((answer) => answer(exchange))
        .then(() => undefined)
    return found instanceof Promise ? found.then((one) => placeOf(asked, one)) : placeOf(asked, found)
  }
}

function placeOf({ labels, query, port }: Asked, { target, path }: Found): Place {
  return { target, path: path + query, host: hostOf(target, port), sharesOrigin: labels.length === 0 }
}

interface Found {
  target: string
  path: string
}

function byHost({ labels, path }: Asked): Found {
  const [name = '', publisher, ...more] = labels
  if (more.length === 0) return { target: publisher === undefined ? name : `${publisher}/${name}`, path }
  throw new HitherError('bad-name', `"${labels.join('.')}.localhost" is no function's host`, {
    fix: 'use NAME.PUBLISHER.localhost, NAME.localhost or CID.localhost',
  })
}

/** Undefined where no function is meant. A petname must be looked up, for it could be the name of one's own. */
function byPath(path: string, peer: GatewayPeer): Found | undefined | Promise<Found> {
  const [, kind, first = '', second = '', ...rest] = path.split('/')
  if (kind === 'cid') return { target: parseCid(first).toString(), path: pathOf(second, ...rest) }
  const own = (): Found => ({ target: first, path: pathOf(second, ...rest) })
  if (kind === 'own' && first !== '') return own()
  if (kind !== 'fn') return undefined
  const others = (): Found => ({ target: `${first}/${second}`, path: pathOf(...rest) })
  if (second === '') return own()
  if (isPublisherId(first)) return others()
  return peer.aliases().then((aliases) => (Object.hasOwn(aliases, first) ? others() : own()))
}

/** What is left for the function. */
function pathOf(...segments: string[]): string {
  const path = `/${segments.join('/')}`
  if (!path.startsWith('//')) return path
  throw new HitherError('bad-message', 'the path of the request is not taken here', {
    why: 'what is left of it for the function starts with "//", which names a host',
  })
}
