import { COORDINATE_DIMENSIONS, usualRefusal, type Coordinate, type RunnerState, type Services } from '@hither/core'
import { net } from '@hither/net'
import { idleServices } from '../../test/support/idle-services.ts'
import { sum } from '../measure/numbers.ts'
import { serveTasks } from '../measure/tasks.ts'

/**
 * Peers that call themselves runners, so dear ones that nobody has them run anything; many of them in one process, each a libp2p node of its own. They
 * listen, and say where they are: of others nobody is told.
 */

const crowd = new Set<ReturnType<ReturnType<typeof net>>>()

export interface Gathering {
  count: number
  /** Whom each of them joins. */
  join: string
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

const PLACE: Coordinate = { at: Array.from({ length: COORDINATE_DIMENSIONS }, () => 0), heightMs: 0.1, error: 0.1 }

/** As runners are. Whoever asks one of them before it is linked with the runner is sent on. */
const CALLED: Services = {
  ...idleServices,
  admits: async () => true,
  state: () => DEAR,
  coordinate: () => PLACE,
  call: () => Promise.reject(usualRefusal('full')),
}

serveTasks({
  /** Gives their addresses. */
  async gather({ count, join }: Gathering): Promise<string[]> {
    for (let one = 1; one <= count; one++) {
      const links = net({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })({ seed: new Uint8Array(32).fill(one) })
      crowd.add(links)
      await links.start(CALLED)
      await links.join(join)
    }
    return [...crowd].flatMap((links) => links.addresses().slice(0, 1))
  },
  /** Of all of them together. */
  links: (): number => sum([...crowd].map((links) => links.list().length)),
})
