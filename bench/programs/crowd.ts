import { net } from '@hither/net'
import { idleServices } from '../../test/support/idle-services.ts'
import { sum } from '../measure/numbers.ts'
import { serveTasks } from '../measure/tasks.ts'

/** Peers that run nothing and tell nothing of themselves, many of them in one process, each a libp2p node of its own. */

const crowd = new Set<ReturnType<ReturnType<typeof net>>>()

export interface Gathering {
  count: number
  /** Whom each of them joins. */
  join: string
  /** Whether others can join them. */
  listen?: boolean
}

serveTasks({
  /** Gives the addresses of those that listen. */
  async gather({ count, join, listen = false }: Gathering): Promise<string[]> {
    for (let one = 1; one <= count; one++) {
      const init = { listen: listen ? ['/ip4/127.0.0.1/tcp/0'] : [], mdns: false }
      const links = net(init)({ seed: new Uint8Array(32).fill(one) })
      crowd.add(links)
      await links.start(idleServices)
      await links.join(join)
    }
    return [...crowd].flatMap((links) => links.addresses().slice(0, 1))
  },
  /** Of all of them together. */
  links: (): number => sum([...crowd].map((links) => links.list().length)),
})
