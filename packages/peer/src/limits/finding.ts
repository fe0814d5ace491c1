/**
 * How long after going online calls and deploys wait for a useful peer: mDNS takes 22–200 ms, a dial with noise 10–150 and four
 * round trips. Together with the start of a command, a call that nobody takes is over within two seconds.
 */
export const FIND_PEERS_MS = 1200

/**
 * How much longer where somebody has answered a dial and the link is on its way: a handshake with the other side of the world, or
 * with a machine that has much else to do. Where nobody answers, nobody waits for it.
 */
export const LINK_RISES_MS = 5000

/** How often they look whether it still is: that it came to nothing is no event. */
export const LINK_RISES_LOOK_MS = 100

/** How long after a link was lost they wait for it to come back: a laptop that wakes redials within a quarter of a second. */
export const LINK_BACK_MS = 1000
