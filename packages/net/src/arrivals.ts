import type { Connection, MultiaddrConnection } from '@libp2p/interface'

/** libp2p's connections keep their socket to themselves, but only it knows of bytes before they are whole messages. */
type WithSocket = Connection & { maConn: MultiaddrConnection }

/**
 * Tells whenever bytes come on a connection, whatever they belong to, and whether or not all of it is there yet: 64 KiB take four
 * seconds at 128 kbit/s.
 */
export function onArrival(connection: Connection, tell: () => void): void {
  const { maConn } = connection as WithSocket
  maConn.addEventListener('message', tell)
}
