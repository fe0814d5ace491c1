import type { GuestInit } from '../guest.ts'
import { FetchService } from './fetch.ts'
import type { Service } from './service.ts'

/** All that an isolate may ask of its process, one file each, by the names that its runtime knows them by. */
export function makeServices({ outside, bodyBytes }: GuestInit): Record<string, Service> {
  return { fetch: new FetchService(outside, bodyBytes) }
}
