import type { IncomingMessage } from 'node:http'
import { HitherError } from '@hither/core'
import { HEADERS_MAX } from '../limits.ts'

/**
 * What Node's strict parser lets pass, and this gateway does not: where a request ends must be beyond doubt, and what it is
 * asked to turn into is not on offer. Throws `bad-message`, `too-large`, `unsupported`.
 */
export function checkFraming(req: IncomingMessage): void {
  if (req.rawHeaders.length > 2 * HEADERS_MAX) {
    throw new HitherError('too-large', `the request has more than ${HEADERS_MAX} headers`)
  }
  const coding = req.headers['transfer-encoding']
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || req.httpVersion !== '1.1')) {
    throw new HitherError('bad-message', 'the request has a transfer coding that is not taken here', {
      fix: 'send the body with content-length, or chunked by HTTP/1.1',
    })
  }
  const protocol = req.headers.upgrade
  // Clients that could speak HTTP/2 offer it with any request, and do well without.
  if (protocol !== undefined && protocol.toLowerCase() !== 'h2c') {
    throw new HitherError('unsupported', 'connections cannot be upgraded', {
      why: 'functions answer requests; there are no WebSockets',
      fix: 'use server-sent events, or a streamed answer',
    })
  }
}
