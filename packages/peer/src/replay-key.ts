import { hashRequest, UNREAD_DIGEST, type CallHeader } from '@hither/core'
import { digestWhole } from './digest.ts'

type Keyed = Pick<CallHeader, 'cid' | 'name' | 'idempotencyKey' | 'method' | 'url' | 'headers'>

/**
 * What makes two calls with an idempotency key the same one, for their caller and their runner alike: a key used again for another
 * request means another one. Of a streamed body, which has no digest, nothing is known beforehand.
 */
export function replayKey(header: Keyed, digest: Uint8Array | undefined): string {
  const { cid, name, idempotencyKey } = header
  const request = hashRequest(header, digest ?? UNREAD_DIGEST, digestWhole)
  return JSON.stringify([cid.toString(), name, idempotencyKey, Buffer.from(request).toString('base64')])
}
