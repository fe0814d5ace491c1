import type { Links } from '@hither/core'

export function addressOf(links: Links): string {
  const [address] = links.addresses()
  if (address === undefined) throw new Error('it listens nowhere')
  return address
}
