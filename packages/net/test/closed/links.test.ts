import type { Links, Services } from '@hither/core'
import { addressOf, link, peer } from '../helpers/peers.ts'
import { services } from '../helpers/services.ts'
import { linksContract } from '../links-contract.ts'

const network = { key: new Uint8Array(32).fill(3), tag: 'home' }

/** Two peers of a closed network, linked both ways. */
async function closedPair(a: Services = services(), b: Services = services()): Promise<[Links, Links]> {
  const one = await peer({ services: a, init: { network } })
  const other = await peer({ services: b, init: { network } })
  await link(one, addressOf(other), other)
  return [one, other]
}

linksContract('libp2p, in a closed network', closedPair)
