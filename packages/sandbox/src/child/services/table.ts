import { compressionService } from './compression/service.ts'
import { cryptoService } from './crypto/service.ts'
import type { Service } from './service.ts'

/** All that one isolate may ask of its process, by the names that its runtime knows them by. */
export function makeServices(): Record<string, Service> {
  return { compression: compressionService(), crypto: cryptoService() }
}
