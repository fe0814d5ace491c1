import {
  decodeMessage,
  decodePlace,
  encodeMessage,
  encodePlace,
  PLACE_BYTES,
  readState,
  Shape,
  TIERS,
  type Coordinate,
  type PeerId,
  type RunnerState,
} from '@hither/core'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { checkAddress } from '../address.ts'
import { ADVERT_ADDRESS_MAX_CHARS, ADVERT_ADDRESSES_MAX, ADVERT_MAX_BYTES } from '../limits/adverts.ts'

/** What a runner says of itself to those it has no link to. It is signed, so others pass it on and cannot change it. */
export interface Advert {
  peer: PeerId
  /** By the runner's own clock, ms since 1970: tells the newer of two of its adverts, and nothing else. */
  time: number
  /** Where it can be dialled, without its id. */
  addresses: string[]
  place: Coordinate
  /** Nothing warm: that is no hint for those who have to come from far first. */
  state: RunnerState
}

/** As it travels. */
export interface SignedAdvert {
  advert: Advert
  bytes: Uint8Array
  signature: Uint8Array
  /** Not all of its addresses mean anything here; those that do not are left out above. It is not passed on. */
  partial?: boolean
}

/** What is signed is taken for nothing else that this key signs. */
const CONTEXT = new TextEncoder().encode('hither advert\n')

export async function signAdvert(advert: Omit<Advert, 'peer'>, key: PrivateKey): Promise<SignedAdvert> {
  const { addresses, place, state, time } = advert
  const { accepting, slots, busy, queued, priceMs, admits, tier, grants, labels = [], memoryMb = -1 } = state
  const peer = peerIdFromPrivateKey(key).toString()
  const bytes = encodeMessage([
    peer,
    time,
    addresses.slice(0, ADVERT_ADDRESSES_MAX),
    encodePlace(place),
    // By their order: the names of its fields would be the longest part of an advert.
    [
      accepting,
      slots,
      busy,
      queued,
      Math.round(priceMs),
      admits === 'anyone',
      TIERS.indexOf(tier),
      grants,
      labels,
      memoryMb,
    ],
  ])
  return { advert: { ...advert, peer }, bytes, signature: await key.sign(withContext(bytes)) }
}

/** Throws `bad-message` for what cannot be read, or was not signed by the peer that it speaks of. */
export async function readAdvert(bytes: Uint8Array, signature: Uint8Array): Promise<SignedAdvert> {
  const advert = decodeAdvert(bytes)
  const { publicKey } = peerIdFromString(advert.peer)
  if (publicKey === undefined || !(await publicKey.verify(withContext(bytes), signature))) {
    throw refusal('its signature is not by that peer')
  }
  return { advert, bytes, signature }
}

function decodeAdvert(bytes: Uint8Array): Advert {
  const list = decodeMessage(bytes, ADVERT_MAX_BYTES)
  if (!Array.isArray(list) || !Array.isArray(list[4])) throw refusal('it is no list with a list in it')
  const [peer, time, addresses, place, state] = list as [unknown, unknown, unknown, unknown, unknown[]]
  const shape = new Shape({ peer, time, addresses, place }, 'the advert')
  const where = shape.strings('addresses', ADVERT_ADDRESSES_MAX, ADVERT_ADDRESS_MAX_CHARS)
  if (where.length === 0) throw refusal('it names no address')
  return {
    peer: shape.string('peer', 64),
    time: shape.integer('time', 0, Number.MAX_SAFE_INTEGER),
    addresses: where.map(readAddress),
    place: decodePlace(shape.bytes('place', PLACE_BYTES)),
    state: decodeAdvertState(state),
  }
}

/** In the one way of writing it, so that what is remembered of a place is remembered of all that are said to be there. */
function readAddress(text: string): string {
  checkAddress(text)
  const address = multiaddr(text)
  // Only the signer says where it is: any other would be blamed where nobody answers.
  if (address.getComponents().some(({ name }) => name === 'p2p')) throw refusal('an address in it names a peer')
  return address.toString()
}

function decodeAdvertState([
  accepting,
  slots,
  busy,
  queued,
  priceMs,
  anyone,
  tier,
  grants,
  labels,
  memoryMb,
]: unknown[]): RunnerState {
  return readState({
    accepting,
    slots,
    busy,
    queued,
    priceMs,
    admits: anyone === true ? 'anyone' : 'listed',
    tier: TIERS[Number(tier)],
    grants,
    ...(Array.isArray(labels) && labels.length > 0 && { labels }),
    ...(memoryMb !== -1 && { memoryMb }),
    warm: new Uint8Array(0),
  })
}

function withContext(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([CONTEXT, bytes])
}

function refusal(why: string): Error {
  return new Shape({}, 'the advert').refuse(why)
}
