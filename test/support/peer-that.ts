import type { Links, Services } from '@hither/core'
import { net as network } from '@hither/net'
import { onTestFinished } from 'vitest'
import { idleServices } from './idle-services.ts'

/** A peer of our own making on the real network, which does what a test tells it. */
export async function peerThat(does: Partial<Services>): Promise<{ links: Links; address: string }> {
  const seed = crypto.getRandomValues(new Uint8Array(32))
  const links = network({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })({ seed })
  await links.start({ ...idleServices, ...does })
  onTestFinished(() => links.stop())
  return { links, address: links.addresses()[0] ?? '' }
}
