import { net } from '@hither/net'

/** Peers that connect to the one at an address and do nothing more. Says when all are there, and lives until its input ends. */

const [, , address = '', count = ''] = process.argv
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

const all = await Promise.all(
  Array.from({ length: Number(count) }, async (_, i) => {
    const links = net({ listen: [], mdns: false })({ seed: new Uint8Array(32).fill(i + 1) })
    await links.start(nothing)
    await links.join(address)
    return links
  }),
)
process.stdout.write('joined\n')
process.stdin.resume().once('end', () => void Promise.all(all.map((links) => links.stop())))
