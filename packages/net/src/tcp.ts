import type { MessageStream, Transport, Upgrader } from '@libp2p/interface'
import { tcp, type TCPComponents } from '@libp2p/tcp'
import type { SendResult } from '@libp2p/utils'
import { WRITE_BYTES } from './limits/calls.ts'

/** What a TCP connection of libp2p has and `MultiaddrConnection` does not tell: how bytes leave it, each piece in a write of its own. */
interface Sending {
  sendData(pieces: Pieces): SendResult
}

interface Pieces extends Iterable<Uint8Array> {
  readonly byteLength: number
  subarray(from: number, to: number): Uint8Array
}

/**
 * TCP that gives the kernel what is sent together in one write. libp2p's own makes one write of each piece, and an encrypted message
 * comes in two to four: its length, what was encrypted of each of its parts, and the tag. To copy them together costs a fraction of
 * one write, and the other side wakes up once.
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
  const send = sending.sendData.bind(sending) as (pieces: Iterable<Uint8Array>) => SendResult
  sending.sendData = (pieces) => send(joined(pieces))
  return connection
}

/** In writes that are not too long, so that the socket can say in time that it is full. */
function* joined(pieces: Pieces): Generator<Uint8Array> {
  for (let at = 0; at < pieces.byteLength; at += WRITE_BYTES) {
    yield pieces.subarray(at, Math.min(at + WRITE_BYTES, pieces.byteLength))
  }
}
