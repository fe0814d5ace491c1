import { usualRefusal, type RunnerState, type Services } from '@hither/core'
import { net } from '@hither/net'
import { idleServices } from '../../test/support/idle-services.ts'
import { sum } from '../measure/numbers.ts'
import { serveTasks } from '../measure/tasks.ts'

/** Peers that run nothing, many of them in one process, each a libp2p node of its own. */

const crowd = new Set<ReturnType<ReturnType<typeof net>>>()

export interface Gathering {
  count: number
  /** Whom each of them joins. */
  join: string
  /** Whether others can join them. */
  listen?: boolean
  /** Whether they call themselves runners, so dear ones that nobody has them run anything; else they tell nothing of themselves. */
  runners?: boolean
}

const DEAR: RunnerState = {
  accepting: true,
  slots: 2,
  busy: 0,
  queued: 0,
  priceMs: 10_000,
  admits: 'anyone',
  tier: 'process',
  grants: [],
  warm: new Uint8Array(0),
}

/** As runners are. Whoever asks one of them before it is linked with the runner is sent on. */
const CALLED: Partial<Services> = {
  admits: async () => true,
  state: () => DEAR,
  call: () => Promise.reject(usualRefusal('full')),
}

serveTasks({
  /** Gives the addresses of those that listen. */
  async gather({ count, join, listen = false, runners = false }: Gathering): Promise<string[]> {
    const services: Services = runners ? { ...idleServices, ...CALLED } : idleServices
    for (let one = 1; one <= count; one++) {
      const init = { listen: listen ? ['/ip4/127.0.0.1/tcp/0'] : [], mdns: false }
      const links = net(init)({ seed: new Uint8Array(32).fill(one) })
      crowd.add(links)
      await links.start(services)
      await links.join(join)
    }
    return [...crowd].flatMap((links) => links.addresses().slice(0, 1))
  },
  /** Of all of them together. */
  links: (): number => sum([...crowd].map((links) => links.list().length)),
})
