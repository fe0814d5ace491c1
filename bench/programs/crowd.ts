import { net } from '@hither/net'
import { serveTasks } from '../measure/tasks.ts'

/** Peers that connect to another and do nothing more, many of them in one process. */

const nothing = {
  call: () => Promise.reject(new Error('nobody calls')),
  block: async () => undefined,
  name: async () => undefined,
  voucher: async () => undefined,
  announce: async () => ({ kept: false }),
  admits: async () => false,
  secrets: async () => ({ kept: false }),
  state: () => undefined,
}

const links = new Set<ReturnType<ReturnType<typeof net>>>()

serveTasks({
  async join({ address, count }: { address: string; count: number }) {
    await Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const one = net({ listen: [], mdns: false })({ seed: new Uint8Array(32).fill(at + 1) })
        links.add(one)
        await one.start(nothing)
        await one.join(address)
      }),
    )
  },
})
