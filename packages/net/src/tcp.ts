import type { Socket } from 'node:net'
import { concat } from '@hither/core'
import type { MessageStream, Transport, Upgrader } from '@libp2p/interface'
import { tcp, type TCPComponents } from '@libp2p/tcp'
import type { SendResult } from '@libp2p/utils'
import { COPIED_MAX_BYTES, WRITE_BYTES } from './limits/calls.ts'

/** What a TCP connection of libp2p has and `MultiaddrConnection` does not tell: how bytes leave it, each piece in a write of its own. */
interface Sending {
  readonly socket: Pick<Socket, 'cork' | 'uncork'>
  sendData(pieces: Iterable<Uint8Array>): SendResult
}

/**
 * TCP that gives the kernel what is sent together in one write. libp2p's own makes one write of each piece, and an encrypted message
 * comes in two to four: its length, what was encrypted of each of its parts, and the tag. To copy short ones together costs a fraction
 * of one write, and the other side wakes up once; long ones are written from where they are.
 */
export function gatheringTcp(): (components: TCPComponents) => Transport {
  return (components) => {
    const transport = tcp()(components)
    const dial = transport.dial.bind(transport)
    const createListener = transport.createListener.bind(transport)
    transport.dial = (address, options) => dial(address, { ...options, upgrader: gathering(options.upgrader) })
    transport.createListener = (options) => createListener({ ...options, upgrader: gathering(options.upgrader) })
    return transport
  }
}

/** The same, but for what it makes of new connections. */
function gathering(upgrader: Upgrader): Upgrader {
  return Object.assign(Object.create(upgrader) as Upgrader, {
    upgradeOutbound: (...[connection, options]: Parameters<Upgrader['upgradeOutbound']>) =>
      upgrader.upgradeOutbound(gathered(connection), options),
    upgradeInbound: (...[connection, options]: Parameters<Upgrader['upgradeInbound']>) =>
      upgrader.upgradeInbound(gathered(connection), options),
  })
}

function gathered<Connection extends MessageStream>(connection: Connection): Connection {
  const sending = connection as Connection & Sending
  const send = sending.sendData.bind(sending)
  sending.sendData = (pieces) => {
    const parts = [...joined(pieces)]
    if (parts.length === 1) return send(parts)
    sending.socket.cork()
    try {
      return send(parts)
    } finally {
      sending.socket.uncork()
    }
  }
  return connection
}

/** Short pieces together, long ones as they are. */
function* joined(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let short: Uint8Array[] = []
  let bytes = 0
  for (const piece of pieces) {
    const isLong = piece.length > COPIED_MAX_BYTES
    if (bytes > 0 && (isLong || bytes + piece.length > WRITE_BYTES)) {
      yield concat(short, bytes)
      short = []
      bytes = 0
    }
    if (isLong) yield piece
    else {
      short.push(piece)
      bytes += piece.length
    }
  }
  if (bytes > 0) yield concat(short, bytes)
}
