/** Bounds of the network: connections. Each with its unit in the name and its reason above it. */

/** Home and office networks have tens of peers; each connection costs about 0.3 MB. */
export const CONNECTIONS_MAX = 200

/** Of these from one address (IPv6: one /64), so that no single stranger takes all places: an office behind a NAT fits. */
export const CONNECTIONS_FROM_ADDRESS_MAX = 50

/** The same for this machine, whose gateways, proxies and tests share one address, and where strangers are rare. */
export const CONNECTIONS_FROM_LOOPBACK_MAX = 160

/** Peers that libp2p's store remembers: all that can be connected, and some. Each may have told it 8 KB of addresses. */
export const PEERS_STORED_MAX = 256

/** Strangers' sockets that have not finished the handshake. libp2p's 10 let ten silent sockets lock everyone out. */
export const CONNECTIONS_PENDING_MAX = 256

/** New connections a second from one address. High, since a LAN behind a NAT and every peer on loopback share one. */
export const CONNECTIONS_PER_ADDRESS_PER_S = 100

/** A handshake is three round trips; who needs longer holds a place that others want. */
export const UPGRADE_MAX_MS = 3_000

/**
 * Choosing a stream's protocol is one round trip, behind what else is on its way: with 200 bodies at once, of a hundred streams, some
 * 0.4 s of processor. On one core beside many that burn, half of them took 1.6 s and the last 3; what is broken off then is the body of a
 * call. That the other side is gone, its silence tells sooner.
 */
export const NEGOTIATION_MAX_MS = 10_000

/** One attempt to connect, name lookup included. */
export const DIAL_MAX_MS = 5_000
export const DIALS_AT_ONCE_MAX = 32
export const DIALS_WAITING_MAX = 200

/** From the connection to the open call stream: identify, which alone may not take longer either, and one negotiation. */
export const LINK_UP_MAX_MS = 5_000

/** How long a goodbye may take before the socket is simply cut. */
export const GOODBYE_MAX_MS = 500
