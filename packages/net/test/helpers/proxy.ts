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
  /** From now on passes only so many bytes a second, in each direction of each connection. */
  slow(bytesPerS: number): void
  /** Resolves once it has passed on so many bytes from now on, in all. */
  passed(bytes: number): Promise<void>
}

export async function proxy(targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const waiting = new Set<{ left: number; done(): void }>()
  let frozen = false
  let bytesPerS = Infinity
  const count = (bytes: number): void => {
    for (const one of waiting) {
      one.left -= bytes
      if (one.left > 0) continue
      waiting.delete(one)
      one.done()
    }
  }
  const keep = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket)
    socket.on('data', (bytes) => {
      if (frozen) return
      other().write(bytes)
      count(bytes.length)
      if (bytesPerS === Infinity) return
      socket.pause()
      setTimeout(() => socket.resume(), (bytes.length / bytesPerS) * 1000)
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
  return {
    port,
    address: `/ip4/127.0.0.1/tcp/${port}`,
    cut,
    freeze: () => void (frozen = true),
    slow: (rate) => void (bytesPerS = rate),
    passed: (bytes) => new Promise((resolve) => waiting.add({ left: bytes, done: resolve })),
  }
}

export function portOf(address: string): number {
  return Number(/\/tcp\/(\d+)/.exec(address)?.[1])
}
