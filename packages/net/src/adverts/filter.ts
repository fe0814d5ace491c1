import type { PeerId } from '@hither/core'
import { FILTER_BYTES } from '../limits/adverts.ts'

/**
 * Peers that need no advert, in few bytes (a Bloom filter): some others seem to be among them. Which ones is a matter of the first
 * byte, which changes, so that nobody stays hidden.
 */
export function filterOf(peers: Iterable<PeerId>, salt: number): Uint8Array {
  const filter = new Uint8Array(FILTER_BYTES)
  filter[0] = salt
  for (const peer of peers) for (const bit of bitsOf(peer, filter)) set(filter, bit)
  return filter
}

/** False: certainly not. Anything that is no filter holds nobody. */
export function mayHold(filter: Uint8Array, peer: PeerId): boolean {
  return filter.length === FILTER_BYTES && bitsOf(peer, filter).every((bit) => isSet(filter, bit))
}

const HASHES = [0, 1, 2]

/** FNV-1a once, and from it as many places as are wanted. */
function bitsOf(peer: PeerId, filter: Uint8Array): number[] {
  let hash = 0x811c9dc5 ^ (filter[0] ?? 0)
  for (let i = 0; i < peer.length; i++) hash = Math.imul(hash ^ peer.charCodeAt(i), 0x01000193)
  const step = (hash >>> 16) | 1
  const bits = 8 * (FILTER_BYTES - 1)
  return HASHES.map((times) => 8 + (((hash + times * step) >>> 0) % bits))
}

function set(filter: Uint8Array, bit: number): void {
  filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7))
}

function isSet(filter: Uint8Array, bit: number): boolean {
  return ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
}
