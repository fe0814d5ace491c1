import { blockOf, equalBytes, type CID } from '../cid.ts'
import { decodeDag, encodeDag } from '../codec.ts'
import { HitherError } from '../errors.ts'
import { concat } from '../frames.ts'
import {
  keyOfPeer,
  peerOfKey,
  PUBLIC_KEY_BYTES,
  publicKeyOf,
  publisherId,
  SIGNATURE_BYTES,
  verifySignature,
  type PeerId,
  type PublisherId,
  type Signer,
} from '../keys.ts'
import { NAME_PATTERN } from '../name.ts'
import { Shape } from '../shape.ts'
import { SECRET_RUNNERS_MAX, SECRETS_BOX_MAX_BYTES, SECRETS_RECORD_MAX_BYTES } from './limits.ts'

/** A content key, sealed to one key. `seal.ts` makes and opens it. */
export interface Wrap {
  /** The Ed25519 key of whom it is for. */
  to: PublisherId
  sealed: Uint8Array
}

/** What a record of secrets says, its values still closed. */
export interface SecretsClaim {
  name: string
  /** 1 for the first record of a name's secrets, then one more each time; the highest counts. */
  sequence: number
  /** When the publisher signed it, ms since 1970 by its own clock: for people to read, never compared. */
  time: number
  /** X25519 public key made for this record alone. */
  share: Uint8Array
  /** For the publisher itself first, which keeps its own secrets in no other form, then for each runner. */
  wraps: Wrap[]
  /** Runners that may have them no more, so that whoever meets one can tell it. */
  gone: PeerId[]
  /** The values, under the content key. */
  box: Uint8Array
}

/** A claim whose signature was checked. */
export interface SecretsRecord extends SecretsClaim {
  publisher: PublisherId
  /** Who may open it, besides the publisher. */
  runners: PeerId[]
  id: CID
  /** The signed bytes, as they are kept and sent. */
  bytes: Uint8Array
}

/** Signed together with the payload, so that a signature made for secrets can never stand for anything else. */
const DOMAIN = new TextEncoder().encode('hither/secrets/1\n')

const SHARE_BYTES = 32
/** A content key of 32 bytes and the tag of AES-GCM. */
const WRAP_BYTES = 48

export async function signSecrets(signer: Signer, { wraps, gone, ...claim }: SecretsClaim): Promise<SecretsRecord> {
  const payload = encodeDag({
    v: 1,
    ...claim,
    publisher: publicKeyOf(signer.publisher),
    wraps: wraps.map(({ to, sealed }) => [publicKeyOf(to), sealed]),
    gone: gone.map(rawKeyOf),
  })
  const signature = await signer.sign(toSign(payload))
  return openSecrets(encodeDag({ payload, signature }))
}

/** Reads and checks a record; its values stay closed. Throws `bad-record`. */
export async function openSecrets(bytes: Uint8Array): Promise<SecretsRecord> {
  if (bytes.length > SECRETS_RECORD_MAX_BYTES) throw badSecrets(`it has ${bytes.length} bytes`)
  const envelope = new Shape(decode(bytes), WHAT, 'bad-record').only('payload', 'signature')
  const payload = envelope.bytes('payload', SECRETS_RECORD_MAX_BYTES)
  const signature = envelope.bytes('signature', SIGNATURE_BYTES)
  const shape = new Shape(decode(payload), WHAT, 'bad-record')
  if (shape.raw('v') !== 1) throw badSecrets('it is of a version that this hither does not know')
  const publisher = publisherId(exactly(shape, 'publisher', PUBLIC_KEY_BYTES))
  // Exactly one encoding per record: else one record could be sent under two CIDs.
  if (!equalBytes(encodeDag({ payload, signature }), bytes)) throw badSecrets('it is not canonical')
  const claim = readClaim(shape)
  const [own, ...others] = claim.wraps
  if (own?.to !== publisher) throw badSecrets('it is not sealed to its own publisher')
  if (!(await verifySignature(publisher, toSign(payload), signature))) throw badSecrets('its signature does not hold')
  const { cid: id } = await blockOf(bytes, 'dag-cbor')
  return { ...claim, publisher, runners: others.map(({ to }) => peerOfKey(to)), id, bytes }
}

/**
 * Whether one record of the same secrets takes the place of another. Of two with the same sequence, which one publisher on two
 * machines may sign, everybody keeps the same one.
 */
export function supersedes(record: SecretsRecord, known: SecretsRecord | undefined): boolean {
  if (known === undefined) return true
  if (record.sequence !== known.sequence) return record.sequence > known.sequence
  return record.id.toString() > known.id.toString()
}

function readClaim(shape: Shape): SecretsClaim {
  const name = shape.string('name', 63)
  if (!NAME_PATTERN.test(name)) throw shape.refuse(`"${name}" cannot be a name`)
  return {
    name,
    sequence: shape.integer('sequence', 1, Number.MAX_SAFE_INTEGER),
    time: shape.integer('time', 0, Number.MAX_SAFE_INTEGER),
    share: exactly(shape, 'share', SHARE_BYTES),
    wraps: list(shape, 'wraps', SECRET_RUNNERS_MAX + 1).map(readWrap),
    gone: list(shape, 'gone', SECRET_RUNNERS_MAX).map((key) => peerOfKey(publisherId(bytesOf(key, PUBLIC_KEY_BYTES)))),
    box: shape.bytes('box', SECRETS_BOX_MAX_BYTES),
  }
}

function readWrap(value: unknown): Wrap {
  if (!Array.isArray(value) || value.length !== 2) throw badSecrets('a key in it is no pair')
  return { to: publisherId(bytesOf(value[0], PUBLIC_KEY_BYTES)), sealed: bytesOf(value[1], WRAP_BYTES) }
}

function list(shape: Shape, field: string, max: number): unknown[] {
  const value = shape.raw(field)
  if (!Array.isArray(value) || value.length > max) throw shape.refuse(`"${field}" must be a list of at most ${max}`)
  return value
}

function exactly(shape: Shape, field: string, length: number): Uint8Array {
  return bytesOf(shape.raw(field), length)
}

function bytesOf(value: unknown, length: number): Uint8Array {
  if (value instanceof Uint8Array && value.length === length) return value
  throw badSecrets(`something in it does not have ${length} bytes`)
}

/** Throws `usage` for a peer whose id holds no Ed25519 key: nothing can be sealed to it. */
function rawKeyOf(peer: PeerId): Uint8Array<ArrayBuffer> {
  return publicKeyOf(sealKeyOf(peer))
}

/** As `rawKeyOf`, in text. */
export function sealKeyOf(peer: PeerId): PublisherId {
  const key = keyOfPeer(peer)
  if (key !== undefined) return key
  throw new HitherError('usage', `"${peer}" is not the id of a peer that secrets can be sealed to`, {
    why: 'an id is 12D3KooW and 44 letters and digits',
    fix: 'fn peers   shows the ids of the peers that are connected',
  })
}

function toSign(payload: Uint8Array): Uint8Array {
  return concat([DOMAIN, payload], DOMAIN.length + payload.length)
}

function decode(bytes: Uint8Array): unknown {
  try {
    return decodeDag(bytes)
  } catch (cause) {
    throw new HitherError('bad-record', `${WHAT} cannot be read`, { cause })
  }
}

const WHAT = 'the record of secrets'

export function badSecrets(why: string): HitherError {
  return new HitherError('bad-record', `${WHAT} does not hold`, { why })
}
