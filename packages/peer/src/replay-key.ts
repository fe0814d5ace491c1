import { hashRequest, UNREAD_DIGEST, type CallHeader } from '@hither/core'
import { digestWhole } from './digest.ts'

type Keyed = Pick<CallHeader, 'cid' | 'name' | 'idempotencyKey' | 'method' | 'url' | 'headers'>

/** W3C trace context has another span for each try of a client. */
const OF_ONE_TRY: ReadonlySet<string> = new Set(['traceparent', 'tracestate'])

/**
 * What makes two calls with an idempotency key the same one, for their caller and their runner alike: a key used again for another
 * request means another one. Of a streamed body, which has no digest, nothing is known beforehand.
 */
export function replayKey(header: Keyed, digest: Uint8Array | undefined): string {
  const { cid, name, idempotencyKey } = header
  const headers = header.headers.filter(([field]) => !OF_ONE_TRY.has(field.toLowerCase()))
  const request = hashRequest({ ...header, headers }, digest ?? UNREAD_DIGEST, digestWhole)
  return JSON.stringify([cid.toString(), name, idempotencyKey, Buffer.from(request).toString('base64')])
}
