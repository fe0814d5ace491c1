import { toHitherError, type Links } from '@hither/core'
import type { Joined } from './api.ts'
import { FIND_PEERS_MS } from './limits.ts'

/** Joins every address; those that did not answer in the first moments are tried further in the background. */
export async function joinAll(links: Links, addresses: readonly string[]): Promise<Joined> {
  const joined: Joined = { reached: [], failed: [] }
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), FIND_PEERS_MS)
  const joinOne = async (address: string): Promise<void> => {
    try {
      const peer = await Promise.race([links.join(address), late.promise])
      if (peer === undefined) joined.failed.push({ address, message: 'no answer yet' })
      else joined.reached.push(address)
    } catch (thrown) {
      joined.failed.push({ address, message: toHitherError(thrown).message })
    }
  }
  await Promise.all(addresses.map(joinOne))
  clearTimeout(timer)
  return joined
}
