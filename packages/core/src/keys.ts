import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'
import { HitherError } from './errors.ts'

/** A publisher: its raw Ed25519 public key in base36 (`k…`). The same text everywhere it is shown, typed or stored. */
export type PublisherId = string

/** A peer's libp2p id in text. */
export type PeerId = string

/** Signs as one publisher. The private key stays inside. */
export interface Signer {
  readonly publisher: PublisherId
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/** Ed25519 sizes in bytes (RFC 8032). */
export const PUBLIC_KEY_BYTES = 32
export const SEED_BYTES = 32
export const SIGNATURE_BYTES = 64

/** PKCS #8 around a raw Ed25519 seed (RFC 8410): WebCrypto imports private keys in no simpler form. */
const PKCS8_PREFIX = Uint8Array.from([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32])

/** Of a key or a peer's id, which have about 52. Base 36 and 58 take time with the square of the length to read, and anybody may send a text. */
const KEY_MAX_CHARS = 64

export function publisherId(publicKey: Uint8Array): PublisherId {
  return base36.encode(publicKey)
}

/** The public key behind an id. Throws `bad-name`. */
export function publicKeyOf(publisher: string): Uint8Array<ArrayBuffer> {
  try {
    if (publisher.length > KEY_MAX_CHARS) throw new RangeError('it is too long')
    const key = Uint8Array.from(base36.decode(publisher))
    if (key.length === PUBLIC_KEY_BYTES && base36.encode(key) === publisher) return key
  } catch {
    // Falls through: whatever is wrong with it, the answer is the same.
  }
  throw new HitherError('bad-name', `"${publisher}" is not a publisher's key`, {
    why: 'a key is k and about 50 letters and digits, as `fn id` prints it',
  })
}

/** Before the key in the id of a peer with an Ed25519 key: an identity multihash of a protobuf of type and key (libp2p peer ids). */
const PEER_KEY_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

/** The Ed25519 key that is a peer's id, as publishers' keys are written; undefined for a peer whose id holds no such key. */
export function keyOfPeer(peer: PeerId): PublisherId | undefined {
  if (peer.length > KEY_MAX_CHARS) return undefined
  try {
    const bytes = base58btc.baseDecode(peer)
    const prefixed = PEER_KEY_PREFIX.every((byte, i) => bytes[i] === byte)
    if (prefixed && bytes.length === PEER_KEY_PREFIX.length + PUBLIC_KEY_BYTES)
      return publisherId(bytes.subarray(PEER_KEY_PREFIX.length))
  } catch {
    // Not even base58.
  }
  return undefined
}

/** The id of the peer whose Ed25519 key this is. */
export function peerOfKey(key: PublisherId): PeerId {
  return base58btc.baseEncode(Uint8Array.of(...PEER_KEY_PREFIX, ...publicKeyOf(key)))
}

export function isPublisherId(text: string): boolean {
  try {
    publicKeyOf(text)
    return true
  } catch {
    return false
  }
}

/** A signer from 32 secret bytes. Throws `bad-key` for any other number of them. */
export async function signerFromSeed(seed: Uint8Array): Promise<Signer> {
  if (seed.length !== SEED_BYTES) {
    throw new HitherError('bad-key', `a secret key has ${SEED_BYTES} bytes, not ${seed.length}`)
  }
  const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + SEED_BYTES)
  pkcs8.set(PKCS8_PREFIX)
  pkcs8.set(seed, PKCS8_PREFIX.length)
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  pkcs8.fill(0)
  const jwk = await crypto.subtle.exportKey('jwk', key)
  const publisher = publisherId(base64url.decode(`u${jwk.x}`))
  return {
    publisher,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, Uint8Array.from(bytes))),
  }
}

export async function verifySignature(
  publisher: PublisherId,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== SIGNATURE_BYTES) return false
  const key = await crypto.subtle.importKey('raw', publicKeyOf(publisher), 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', key, Uint8Array.from(signature), Uint8Array.from(bytes))
}
