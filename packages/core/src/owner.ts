import { decodeMessage, encodeMessage } from './codec.ts'
import { HitherError } from './errors.ts'
import { SIGNATURE_BYTES, verifySignature, type PeerId, type PublisherId, type Signer } from './keys.ts'
import { Shape } from './shape.ts'

/** A statement is a key in text and a signature. */
export const OWNER_MAX_BYTES = 256

/** What is signed is taken for nothing else that this key signs. */
const CONTEXT = 'hither owner\n'

/** A publisher's statement that a peer is theirs, which the peer shows to whoever asks. */
export async function signOwner(signer: Signer, peer: PeerId): Promise<Uint8Array> {
  return encodeMessage({ publisher: signer.publisher, signature: await signer.sign(toSign(peer)) })
}

/** Whose a peer is, by the statement that it shows. Throws `bad-message`, also for one that is of another peer or forged. */
export async function openOwner(bytes: Uint8Array, peer: PeerId): Promise<PublisherId> {
  const shape = new Shape(decodeMessage(bytes, OWNER_MAX_BYTES), 'the statement of ownership')
  const publisher = shape.string('publisher', 64)
  if (await holds(publisher, peer, shape.bytes('signature', SIGNATURE_BYTES))) return publisher
  throw shape.refuse('its publisher did not sign it for that peer')
}

async function holds(publisher: PublisherId, peer: PeerId, signature: Uint8Array): Promise<boolean> {
  try {
    return await verifySignature(publisher, toSign(peer), signature)
  } catch (thrown) {
    if (thrown instanceof HitherError && thrown.code === 'bad-name') return false
    throw thrown
  }
}

function toSign(peer: PeerId): Uint8Array {
  return new TextEncoder().encode(`${CONTEXT}${peer}`)
}
