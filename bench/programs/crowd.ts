import { net } from '@hither/net'
import { serveTasks } from '../measure/tasks.ts'

/** Peers that run nothing, with links to those whose addresses they are given, and to whoever comes. */

const nothing = {
  call: () => Promise.reject(new Error('it runs nothing')),
  block: async () => undefined,
  name: async () => undefined,
  voucher: async () => undefined,
  announce: async () => ({ kept: false }),
  admits: async () => false,
  secrets: async () => ({ kept: false }),
  state: () => undefined,
}

serveTasks({
  /** So many, each a libp2p node of its own. Gives their addresses. */
  async gather({ count, join }: { count: number; join: string[] }): Promise<string[]> {
    const addresses: string[] = []
    for (let one = 1; one <= count; one++) {
      const links = net({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })({ seed: new Uint8Array(32).fill(one) })
      await links.start(nothing)
      for (const address of join) await links.join(address)
      addresses.push(links.addresses()[0] ?? '')
    }
    return addresses
  },
})
