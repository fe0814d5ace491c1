import { networkInterfaces } from 'node:os'
import type { Clock } from '@hither/core'
import { isIn, networksOf, type Networks } from './addresses.ts'
import { OWN_ADDRESSES_MS } from './limits.ts'

/** The networks that this machine's own interfaces are in, such as `192.168.1.7/24`. */
export type OwnNetworks = () => string[]

/** A network of all addresses would be none. Nobody's own is larger than this. */
const PREFIX_MIN = 8

export const ownNetworks: OwnNetworks = () =>
  Object.values(networkInterfaces()).flatMap((all = []) =>
    all.map(({ address, family, cidr }) => {
      const prefix = Number(cidr?.split('/')[1])
      return prefix >= PREFIX_MIN ? `${address}/${prefix}` : `${address}/${family === 'IPv6' ? 128 : 32}`
    }),
  )

/** Whether an address is this machine's or of a neighbour on its links, public ones too. */
export class OwnAddresses {
  private readonly networks: OwnNetworks
  private readonly now: Clock
  private list: Networks | undefined
  private listedMs = 0

  constructor(networks: OwnNetworks, now: Clock) {
    this.networks = networks
    this.now = now
  }

  has(address: string): boolean {
    const now = this.now()
    if (this.list === undefined || now - this.listedMs > OWN_ADDRESSES_MS) {
      this.list = networksOf(this.networks())
      this.listedMs = now
    }
    return isIn(this.list, address)
  }
}
