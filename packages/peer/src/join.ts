import { toHitherError, type Links } from '@hither/core'
import type { Joined } from './api.ts'
import { FIND_PEERS_MS } from './limits/finding.ts'

/**
 * Joins every address; those that did not answer in the first moments are tried further in the background. Whoever is of another
 * network is not waited for.
 */
export async function joinAll(links: Links, addresses: readonly string[]): Promise<Joined> {
  const joined: Joined = { reached: [], failed: [] }
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), FIND_PEERS_MS)
  const joinOne = async (address: string): Promise<void> => {
    const refused = Promise.withResolvers<never>()
    const joining = links.join(address, {
      onProgress({ error }) {
        if (error.code === 'wrong-network') refused.reject(error)
      },
    })
    try {
      const peer = await Promise.race([joining, refused.promise, late.promise])
      if (peer === undefined) joined.failed.push({ address, code: 'peer-unreachable', message: 'no answer yet' })
      else joined.reached.push(address)
    } catch (thrown) {
      const { code, message } = toHitherError(thrown)
      joined.failed.push({ address, code, message })
    }
  }
  await Promise.all(addresses.map(joinOne))
  clearTimeout(timer)
  return joined
}
