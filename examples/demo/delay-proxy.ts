import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP proxy on loopback that makes whatever stands behind it look further away. Never part of the product. */
export interface DelayProxy {
  readonly port: number
  /** Where connections go; set before the first one comes. */
  target(port: number): void
  /** Changes the round trip that it adds, in ms, for what is sent from now on. */
  delay(roundTripMs: number): void
  /** Breaks every connection, and refuses new ones until `heal`. */
  cut(): void
  heal(): void
  close(): Promise<void>
}

export async function delayProxy(roundTripMs: number): Promise<DelayProxy> {
  let oneWayMs = roundTripMs / 2
  let targetPort = 0
  let broken = false
  const sockets = new Set<Socket>()
  const server = createServer((inner) => {
    if (broken) {
      inner.destroy()
      return
    }
    const outer = connect(targetPort, '127.0.0.1')
    for (const socket of [inner, outer]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    pass(inner, outer, () => oneWayMs)
    pass(outer, inner, () => oneWayMs)
  })
  await listen(server)
  return {
    port: (server.address() as AddressInfo).port,
    target: (port) => void (targetPort = port),
    delay: (ms) => void (oneWayMs = ms / 2),
    cut() {
      broken = true
      for (const socket of sockets) socket.destroy()
    },
    heal: () => void (broken = false),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** Hands on bytes, the end and a break, each after the delay; never faster than what came before it. */
function pass(from: Socket, to: Socket, delayMs: () => number): void {
  let lastAt = 0
  const later = (act: () => void): void => {
    const at = Math.max(performance.now() + delayMs(), lastAt)
    lastAt = at
    setTimeout(act, at - performance.now())
  }
  from.on('data', (chunk) => later(() => void (to.destroyed || to.write(chunk))))
  from.on('end', () => later(() => void to.end()))
  // A reset arrives as an error; `close` follows it and passes it on.
  from.on('error', () => {})
  from.on('close', () => later(() => void to.destroy()))
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
}
