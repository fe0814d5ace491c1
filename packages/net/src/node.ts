import { HitherError } from '@hither/core'
import { identify, type Identify } from '@libp2p/identify'
import type { Libp2p, PeerInfo, PrivateKey } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2pOptions } from 'libp2p'
import { protector } from './closed/protector.ts'
import { reasonOf } from './errors.ts'
import * as connections from './limits/connections.ts'
import * as streams from './limits/streams.ts'
import { boundedYamux } from './muxer.ts'
import { tellingNoise } from './noise.ts'
import { boundPeerStore } from './peer-store.ts'
import { gatheringTcp } from './tcp.ts'

/**
 * Under which peers find each other on a local network: hither's own, so that other libp2p applications stay apart, and each
 * closed network's own, so that networks do not call on one another.
 */
function mdnsService(network: ClosedNetwork | undefined): string {
  return network === undefined ? '_hither._udp.local' : `_hither-${network.tag}._udp.local`
}

/** A network that only those with its key can reach. */
export interface ClosedNetwork {
  /** 32 secret bytes. */
  key: Uint8Array
  /** What it is known by to everyone: letters and digits, at most 50, that tell nothing of the key. */
  tag: string
}

export interface NodeInit {
  key: PrivateKey
  listen: string[]
  announce?: string[] | undefined
  /** Without it the network is open. */
  network?: ClosedNetwork | undefined
  /** Who is told of peers found by mDNS; without it nobody looks for any. */
  found?: ((peer: PeerInfo) => void) | undefined
}

/** The node itself tells only what it announces; its transports know what they listen on. */
export type Node = Libp2p<{ identify: Identify; listening: () => Multiaddr[] }>

interface WithTransports {
  transportManager: { getAddrs(): Multiaddr[] }
}

/** A libp2p node that is not started yet, and does nothing unasked: no pings, no dials of its own. */
export async function createNode({ key, listen, announce = [], network, found }: NodeInit): Promise<Node> {
  const node = await createLibp2p({
    start: false,
    privateKey: key,
    nodeInfo: { name: 'hither', version: '1' },
    addresses: { listen, announce, announceFilter: reachable },
    transports: [gatheringTcp()],
    ...(network !== undefined && { connectionProtector: protector(network.key) }),
    connectionEncrypters: [tellingNoise()],
    streamMuxers: [
      boundedYamux({
        enableKeepAlive: false,
        maxInboundStreams: streams.STREAMS_MAX,
        maxOutboundStreams: streams.STREAMS_MAX,
        streamOptions: {
          initialStreamWindowSize: streams.STREAM_WINDOW_BYTES,
          maxStreamWindowSize: streams.STREAM_WINDOW_BYTES,
          maxReadBufferLength: streams.STREAM_READ_BUFFER_BYTES,
          maxWriteBufferLength: streams.STREAM_WRITE_BUFFER_BYTES,
        },
      }),
    ],
    peerDiscovery: found === undefined ? [] : [listeningMdns(mdnsService(network), found)],
    services: {
      identify: identify({ timeout: connections.LINK_UP_MAX_MS }),
      listening:
        ({ transportManager }: WithTransports) =>
        () =>
          transportManager.getAddrs(),
    },
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: connections.CONNECTIONS_MAX,
      maxIncomingPendingConnections: connections.CONNECTIONS_PENDING_MAX,
      inboundConnectionThreshold: connections.CONNECTIONS_PER_ADDRESS_PER_S,
      inboundUpgradeTimeout: connections.UPGRADE_MAX_MS,
      inboundStreamProtocolNegotiationTimeout: connections.NEGOTIATION_MAX_MS,
      outboundStreamProtocolNegotiationTimeout: connections.NEGOTIATION_MAX_MS,
      dialTimeout: connections.DIAL_MAX_MS,
      addressDialTimeout: connections.DIAL_MAX_MS,
      maxParallelDials: connections.DIALS_AT_ONCE_MAX,
      maxDialQueueLength: connections.DIALS_WAITING_MAX,
      connectionCloseTimeout: connections.GOODBYE_MAX_MS,
      reconnectRetries: 0,
    },
  })
  boundPeerStore(node)
  return node
}

/** Loopback means another machine to everyone else: it is told only where there is nothing better. */
function reachable(addresses: Multiaddr[]): Multiaddr[] {
  const outward = addresses.filter((address) => !/^\/ip4\/127\.|^\/ip6\/::1\//.test(address.toString()))
  return outward.length > 0 ? outward : addresses
}

/** Throws `port-in-use`, or `bad-config` for an address that cannot be listened on at all. */
export async function startNode(node: Node, listen: string[]): Promise<void> {
  try {
    await node.start()
  } catch (cause) {
    const where = listen.join(', ')
    if (String(cause).includes('EADDRINUSE')) {
      throw new HitherError('port-in-use', `${where} is taken`, {
        why: 'another program, perhaps another peer, listens there',
        fix: 'stop it, or choose another port; port 0 takes any free one',
        cause,
      })
    }
    throw new HitherError('bad-config', `cannot listen on ${where}`, {
      why: isElsewhere(cause) ? 'this machine does not have that address' : reasonOf(cause),
      fix: 'use addresses of this machine, such as /ip4/0.0.0.0/tcp/4248',
      cause,
    })
  }
}

/** libp2p says why of each address, in lines of its own. */
function isElsewhere(cause: unknown): boolean {
  return String(cause).includes('EADDRNOTAVAIL')
}

type Discovery = NonNullable<Libp2pOptions['peerDiscovery']>[number]

/** libp2p's own `peer:discovery` event also tells of strangers who dialled us; only mDNS itself knows whom it found. */
function listeningMdns(serviceTag: string, found: (peer: PeerInfo) => void): Discovery {
  return (components) => {
    const discovery = mdns({ serviceTag })(components)
    discovery.addEventListener('peer', ({ detail }) => found(detail))
    return discovery
  }
}
