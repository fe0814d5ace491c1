import type { Asked } from '../asked.ts'

/** A call as `fetch` takes it: what was said about it goes as headers. */
export async function initOf(asked: Asked): Promise<RequestInit> {
  const { method, deadlineMs, waitMs, hedge, idempotencyKey, prefer, avoid, require, labels, tier } = asked.params
  const headers = new Headers(asked.headers)
  // A list that names nobody asks for nothing; a gateway refuses a header that says nothing.
  const list = (name: string, items: readonly string[] = []): void => {
    if (items.length > 0) headers.set(name, items.join(', '))
  }
  if (deadlineMs !== undefined) headers.set('hither-deadline', `${Math.ceil(deadlineMs)}ms`)
  if (waitMs !== undefined) headers.set('hither-wait', offOr(waitMs))
  if (hedge !== undefined) headers.set('hither-hedge', hedge === false ? 'off' : `${Math.max(1, Math.ceil(hedge))}ms`)
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey)
  list('hither-prefer', prefer)
  list('hither-avoid', avoid)
  list('hither-require', require)
  list('hither-labels', labels)
  if (tier !== undefined) headers.set('hither-tier', tier)
  // Few browsers can stream a request, and those only over HTTP/2: a stream goes as one only where it was given as such.
  const body = asked.body instanceof Request ? await asked.body.blob() : asked.body
  return {
    method,
    headers,
    ...(body !== undefined && { body }),
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  }
}

function offOr(ms: number): string {
  return ms === 0 ? 'off' : `${Math.ceil(ms)}ms`
}
