import type { Services } from '@hither/core'

/** Of a peer that runs nothing, has nothing, and knows of nobody. */
export const idleServices: Services = {
  call: () => Promise.reject(new Error('it runs nothing')),
  block: async () => undefined,
  blockSize: async () => undefined,
  name: async () => undefined,
  kit: async () => ({}),
  announce: async () => ({ kept: false }),
  admits: async () => false,
  secrets: async () => ({ kept: false }),
  state: () => undefined,
}
