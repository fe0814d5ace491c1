import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { ADDRESSES_MAX, RESOLVE_MAX_MS } from './limits.ts'

/** The addresses of a name, those to be tried first in front. Empty, or throws, where it has none. Stops asking at the signal. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<string[]>

/**
 * Asks the name servers of this machine, and not its system, which would do so on one of the four threads that all file access
 * needs, and could not be told to stop.
 */
export const resolveByDns: Resolve = async (host, signal) => {
  signal.throwIfAborted()
  const resolver = new Resolver({ timeout: RESOLVE_MAX_MS / 2, tries: 2 })
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel)
  try {
    const asked = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    return asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** All addresses that a host may be reached by; one that is written as an address has that alone. */
export async function addressesOf(host: string, resolve: Resolve, signal: AbortSignal): Promise<string[]> {
  if (isIP(host) !== 0) return [host]
  // Whatever name servers say: by RFC 6761 these are the machine itself.
  if (/(?:^|\.)localhost\.?$/.test(host)) return ['127.0.0.1', '::1']
  return (await resolve(host, signal)).slice(0, ADDRESSES_MAX)
}
