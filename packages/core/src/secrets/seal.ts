import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { decodeDag, encodeDag } from '../codec.ts'
import { HitherError } from '../errors.ts'
import { concat } from '../frames.ts'
import { publicKeyOf, type PeerId, type PublisherId, type Signer } from '../keys.ts'
import { SECRET_KEYS_MAX } from '../manifest.ts'
import { Shape } from '../shape.ts'
import { SECRETS_BOX_MAX_BYTES, SECRETS_PAD_BYTES, SECRET_VALUE_MAX_BYTES } from './limits.ts'
import { badSecrets, sealKeyOf, signSecrets, type SecretsRecord, type Wrap } from './record.ts'
import { checkSecrets } from './values.ts'

/**
 * How a name's secrets are closed. The values stand in one box under a content key that is made for this record alone (AES-256-GCM).
 * The content key is wrapped for each who may have it: X25519 between a key pair that is made for this record alone and the
 * recipient's Ed25519 key as Curve25519 has it, then HKDF-SHA-256, then AES-256-GCM. Publisher, name, sequence and recipient are
 * bound into every derived key, and publisher, name and sequence into the box, so that no part of one record opens in another.
 * Each key encrypts once, so nonces are zero. The publisher is a recipient too: the record is all that is ever kept.
 */
export interface Sealing {
  name: string
  sequence: number
  /** Ms since 1970. */
  time: number
  values: Readonly<Record<string, string>>
  runners: readonly PeerId[]
  gone: readonly PeerId[]
}

/** So many unguessable bytes. */
export type RandomBytes = (count: number) => Uint8Array

type Context = Pick<SecretsRecord, 'publisher' | 'name' | 'sequence'>

type AesKey = Awaited<ReturnType<typeof aesKey>>

const KEY_BYTES = 32
/** Before the values: how long they are, without the padding. */
const LENGTH_BYTES = 4
const WRAP_DOMAIN = 'hither/secrets/1/key'
const BOX_DOMAIN = 'hither/secrets/1/box'

/** Throws `usage` for values or runners that cannot be sealed. */
export async function sealSecrets(
  signer: Signer,
  { values, runners, gone, ...claim }: Sealing,
  random: RandomBytes,
): Promise<SecretsRecord> {
  checkSecrets(values)
  const context: Context = { publisher: signer.publisher, name: claim.name, sequence: claim.sequence }
  const contentKey = Uint8Array.from(random(KEY_BYTES))
  const secret = Uint8Array.from(random(KEY_BYTES))
  const share = x25519.getPublicKey(secret)
  const recipients = [signer.publisher, ...runners.map(sealKeyOf)]
  const wraps = await Promise.all(
    recipients.map(async (to): Promise<Wrap> => {
      const shared = agree(secret, ed25519.utils.toMontgomery(publicKeyOf(to)))
      return { to, sealed: await encrypt(await wrapKey(shared, share, context, to), contentKey) }
    }),
  )
  const box = await encrypt(await aesKey(contentKey), padded(encodeDag(values)), boxContext(context))
  contentKey.fill(0)
  secret.fill(0)
  return signSecrets(signer, { ...claim, share, wraps, gone: [...gone], box })
}

/** The values, for whom `seed` is the secret Ed25519 key of. Throws `bad-record` where the record is not sealed to that key. */
export async function unsealSecrets(
  record: SecretsRecord,
  seed: Uint8Array,
  key: PublisherId,
): Promise<Record<string, string>> {
  const wrap = record.wraps.find(({ to }) => to === key)
  if (wrap === undefined) throw badSecrets('it is not sealed to this key')
  const secret = ed25519.utils.toMontgomerySecret(seed)
  try {
    const shared = agree(secret, record.share)
    const contentKey = await decrypt(await wrapKey(shared, record.share, record, key), wrap.sealed)
    return readValues(await decrypt(await aesKey(contentKey), record.box, boxContext(record)))
  } finally {
    secret.fill(0)
  }
}

/** X25519. A share that lets the outcome be foreseen is refused. */
function agree(secret: Uint8Array, theirs: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(secret, theirs)
  } catch (cause) {
    throw new HitherError('bad-record', 'secrets cannot be sealed with such a key', { cause })
  }
}

async function wrapKey(shared: Uint8Array, share: Uint8Array, context: Context, to: PublisherId): Promise<AesKey> {
  const material = await crypto.subtle.importKey('raw', Uint8Array.from(shared), 'HKDF', false, ['deriveKey'])
  shared.fill(0)
  const key = publicKeyOf(to)
  const info = encodeDag([WRAP_DOMAIN, publicKeyOf(context.publisher), context.name, context.sequence, key])
  const salt = Uint8Array.from([...share, ...key])
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt, info }
  return crypto.subtle.deriveKey(hkdf, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

async function aesKey(bytes: Uint8Array) {
  return crypto.subtle.importKey('raw', Uint8Array.from(bytes), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

function boxContext({ publisher, name, sequence }: Context): Uint8Array<ArrayBuffer> {
  return encodeDag([BOX_DOMAIN, publicKeyOf(publisher), name, sequence])
}

function once(additionalData: Uint8Array<ArrayBuffer> = new Uint8Array(0)) {
  return { name: 'AES-GCM', iv: new Uint8Array(12), additionalData }
}

async function encrypt(key: AesKey, bytes: Uint8Array, bound?: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.encrypt(once(bound), key, Uint8Array.from(bytes)))
}

async function decrypt(key: AesKey, bytes: Uint8Array, bound?: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(once(bound), key, Uint8Array.from(bytes)))
  } catch (cause) {
    throw new HitherError('bad-record', 'the secrets cannot be opened', {
      why: 'they were sealed to another key, or altered',
      cause,
    })
  }
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = Math.ceil((LENGTH_BYTES + bytes.length) / SECRETS_PAD_BYTES) * SECRETS_PAD_BYTES
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, bytes.length)
  const padding = new Uint8Array(whole - LENGTH_BYTES - bytes.length)
  return concat([length, bytes, padding], whole)
}

function readValues(plain: Uint8Array): Record<string, string> {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
  const length = plain.length < LENGTH_BYTES ? Infinity : view.getUint32(0)
  if (length > SECRETS_BOX_MAX_BYTES || LENGTH_BYTES + length > plain.length) throw badSecrets('its box is no box')
  const values = decodeDag(plain.subarray(LENGTH_BYTES, LENGTH_BYTES + length))
  return new Shape({ values }, 'the secrets', 'bad-record').texts('values', SECRET_KEYS_MAX, SECRET_VALUE_MAX_BYTES)
}
