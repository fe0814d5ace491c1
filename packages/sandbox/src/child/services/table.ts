import { compressionService } from './compression/service.ts'
import type { GuestInit } from '../guest.ts'
import { cryptoService } from './crypto/service.ts'
import { FetchService } from './fetch.ts'
import type { Service } from './service.ts'

/** All that one isolate may ask of its process, by the names that its runtime knows them by. Without `way`, nothing of the world outside. */
export function makeServices(way?: Pick<GuestInit, 'outside' | 'bodyBytes'>): Record<string, Service> {
  return {
    compression: compressionService(),
    crypto: cryptoService(),
    ...(way !== undefined && { fetch: new FetchService(way.outside, way.bodyBytes) }),
  }
}
