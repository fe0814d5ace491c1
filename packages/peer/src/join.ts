import { toHitherError, type Links } from '@hither/core'
import type { Joined } from './api.ts'
import { joining, waitForLinks } from './network.ts'

/**
 * Joins every address; those that did not answer in the first moments are tried further in the background. Whoever is of another
 * network is not waited for.
 */
export async function joinAll(links: Links, addresses: readonly string[]): Promise<Joined> {
  const joined: Joined = { reached: [], failed: [] }
  // Only the first link is worth more than these moments: whoever has that can go on.
  const rising = (): number => (links.list().length === 0 ? links.rising() : 0)
  const joins = joining(() => performance.now(), rising)
  joins.begin()
  const done = new AbortController()
  const late = waitForLinks(links, () => undefined, joins, { signal: done.signal }).catch(() => undefined)
  const joinOne = async (address: string): Promise<void> => {
    const refused = Promise.withResolvers<never>()
    const link = links.join(address, {
      onProgress({ error }) {
        if (error.code === 'wrong-network') refused.reject(error)
      },
    })
    try {
      const peer = await Promise.race([link, refused.promise, late])
      if (peer === undefined) joined.failed.push({ address, code: 'peer-unreachable', message: 'no answer yet' })
      else joined.reached.push(address)
    } catch (thrown) {
      const { code, message } = toHitherError(thrown)
      joined.failed.push({ address, code, message })
    }
  }
  await Promise.all(addresses.map(joinOne))
  done.abort()
  return joined
}
