import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A TCP proxy on 127.0.0.1 that can play a bad network. */
export interface Proxy {
  port: number
  address: string
  /** Passes nothing on any more, and says nothing. */
  freeze(): void
  /** Resets every connection. */
  cut(): void
}

export async function proxy(targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let frozen = false
  const keep = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket)
    socket.on('data', (bytes) => {
      if (!frozen) other().write(bytes)
    })
    socket.on('close', () => {
      sockets.delete(socket)
      if (!frozen) other().destroy()
    })
    // The close that follows is all that matters.
    socket.on('error', () => {})
  }
  const server = createServer((inbound) => {
    const outbound = connect(targetPort, '127.0.0.1')
    keep(inbound, () => outbound)
    keep(outbound, () => inbound)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, address: `/ip4/127.0.0.1/tcp/${port}`, cut, freeze: () => void (frozen = true) }
}

export function portOf(address: string): number {
  return Number(/\/tcp\/(\d+)/.exec(address)?.[1])
}
