import type { Connection } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { dialler } from '../src/dial.ts'
import type { Node } from '../src/node.ts'
import type { Registry } from '../src/registry.ts'
import { settle } from './helpers/call-ends.ts'

function someConnection(): Connection {
  const connection = Object.assign(new EventTarget(), {
    remotePeer: 'peer',
    status: 'open',
    close: async () => void Object.assign(connection, { status: 'closed' }),
  })
  return connection as unknown as Connection
}

test.each([
  ['was made for it is hung up', false, 'closed'],
  ['was there before is left to those who made it', true, 'open'],
])('where no link comes of a dial, a connection that %s', async (_, wasThere, status) => {
  const connection = someConnection()
  const connections = wasThere ? [connection] : []
  const node = {
    peerId: 'self',
    getConnections: () => [...connections],
    async dial() {
      if (!wasThere) connections.push(connection)
      return connection
    },
  } as unknown as Node
  const registry = { up: () => Promise.reject(new Error('no link came')) } as unknown as Registry
  const dials = dialler({ node: () => node, registry, closed: false })
  await expect(dials.connect(['/ip4/127.0.0.1/tcp/1'])).rejects.toThrow('no link came')
  await settle()
  expect(connection.status).toBe(status)
})
