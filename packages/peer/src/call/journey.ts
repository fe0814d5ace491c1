import {
  HitherError,
  requestFault,
  type Answer,
  type CallHeader,
  type CallProgress,
  type CID,
  type Clock,
  type Links,
  type Options,
  type PeerId,
  type Placement,
  type PublisherId,
  type Receipt,
  type RequestHead,
  type ResponseHead,
  type Route,
} from '@hither/core'
import type { Attempt, CallParams } from '../api.ts'
import type { Functions } from '../functions.ts'
import type { Joining } from '../network.ts'
import type { Resolved, Resolver } from '../resolve.ts'

export interface CallComponents {
  links: Links
  joining: Joining
  resolver: Resolver
  functions: Functions
  placement: Placement
  /** Sends a call to a peer, which may be this very one. */
  send(peer: PeerId, header: CallHeader, body: Uint8Array, options: Options): Promise<Answer>
  now: Clock
}

/** One call while it lasts. */
export interface Journey {
  resolved: Resolved
  header: Omit<CallHeader, 'remainingMs'>
  body: Uint8Array
  needs: readonly string[]
  startedAt: number
  endsAt: number
  signal: AbortSignal
  attempts: Attempt[]
  resolveMs: number
  /** Sum over all attempts. */
  routeMs: number
  onProgress: (event: CallProgress) => void
}

/** A route that has somewhere to go. */
export type ChosenRoute = Route & { choice: PeerId }

/** An answer that lacks nothing: head, body, trailer with receipt. */
export type CompleteAnswer = Answer & { head: ResponseHead; trailer: { receipt: Receipt } }

/** What every attempt of a call sends, but for the time that is left. Throws `usage`. */
export function requestHeader(params: CallParams, { cid, publisher, name }: Resolved): Journey['header'] {
  const path = params.path ?? '/'
  if (!path.startsWith('/')) {
    throw new HitherError('usage', `the path "${path}" does not start with "/"`, { fix: `use /${path}` })
  }
  const head: RequestHead = {
    method: (params.method ?? 'GET').toUpperCase(),
    url: `http://${hostOf(cid, publisher, name)}${path}`,
    headers: params.headers ?? [],
  }
  const fault = requestFault(head)
  if (fault !== undefined) throw new HitherError('usage', fault)
  return {
    ...head,
    cid,
    ...(publisher !== undefined && { publisher }),
    ...(params.idempotencyKey !== undefined && { idempotencyKey: params.idempotencyKey }),
    hop: 0,
  }
}

/** The host that a browser on this machine would use for the function. */
function hostOf(cid: CID, publisher: PublisherId | undefined, name: string | undefined): string {
  const label = name?.slice(name.indexOf('/') + 1)
  return label === undefined ? `${cid.toString()}.localhost` : `${label}.${publisher}.localhost`
}
