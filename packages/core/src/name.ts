import { CID, cidOf, decodeCid, equalBytes } from './cid.ts'
import { decodeDag, encodeDag } from './codec.ts'
import { HitherError } from './errors.ts'
import {
  PUBLIC_KEY_BYTES,
  publicKeyOf,
  publisherId,
  SIGNATURE_BYTES,
  verifySignature,
  type PublisherId,
  type Signer,
} from './keys.ts'
import { RECORD_MAX_BYTES, RECORD_MESSAGE_MAX_CHARS } from './limits.ts'
import { Shape } from './shape.ts'

/** What a name may be, so that it is also a DNS label. */
export const NAME_PATTERN: RegExp = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Signed together with the payload, so that a signature made for a name can never stand for anything else. */
const DOMAIN = new TextEncoder().encode('hither/name/1\n')

/** One line of text: a message must not pass for two rows of a list, or steer a terminal. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** The latest moment that a Date can hold. */
const TIME_MAX_MS = 8.64e15

/** One entry of a name's history, as a publisher states it. */
export interface NameClaim {
  name: string
  /** 1 for the first record, then one more each time. */
  sequence: number
  /** Where the name points; null where the publisher removed it. */
  cid: CID | null
  /** When the publisher signed it, ms since 1970 by its own clock: for people to read, never compared. */
  time: number
  message: string
  /** The record that this one replaces. */
  prev: CID | null
}

/** A claim whose signature was checked. */
export interface NameRecord extends NameClaim {
  publisher: PublisherId
  /** The record's own CID, which the next one names as `prev`. */
  id: CID
  /** The signed bytes, as they are kept and sent. */
  bytes: Uint8Array
}

export async function signRecord(signer: Signer, claim: NameClaim): Promise<NameRecord> {
  checkName(claim.name)
  checkMessage(claim.message)
  const payload = encodeDag({ v: 1, ...claim, publisher: publicKeyOf(signer.publisher) })
  const signature = await signer.sign(toSign(payload))
  return openRecord(encodeDag({ payload, signer: publicKeyOf(signer.publisher), signature }))
}

/**
 * Reads and checks a record. Throws `bad-record`.
 *
 * A signer other than the publisher would need a delegation; none are issued yet, so such a record does not hold.
 */
export async function openRecord(bytes: Uint8Array): Promise<NameRecord> {
  if (bytes.length > RECORD_MAX_BYTES) throw badRecord(`it has ${bytes.length} bytes; the limit is ${RECORD_MAX_BYTES}`)
  const envelope = new Shape(decode(bytes), 'the name record', 'bad-record').only('payload', 'signer', 'signature')
  const payload = envelope.bytes('payload', RECORD_MAX_BYTES)
  const signature = envelope.bytes('signature', SIGNATURE_BYTES)
  const shape = new Shape(decode(payload), 'the name record', 'bad-record')
  const publicKey = shape.bytes('publisher', PUBLIC_KEY_BYTES)
  const publisher = publisherId(publicKey)
  if (!equalBytes(envelope.bytes('signer', PUBLIC_KEY_BYTES), publicKey))
    throw badRecord('its signer is not the publisher')
  if (shape.raw('v') !== 1) throw badRecord('it is of a version that this hither does not know')
  // Exactly one encoding per record: else one record could be sent under two CIDs.
  if (!equalBytes(encodeDag({ payload, signer: publicKey, signature }), bytes)) throw badRecord('it is not canonical')
  const claim = readClaim(shape)
  if (!(await verifySignature(publisher, toSign(payload), signature))) throw badRecord('its signature does not hold')
  const id = decodeCid((await cidOf(bytes, 'dag-cbor')).bytes)
  return { ...claim, publisher, id, bytes }
}

/** Throws `usage` for a deploy message that no record may carry. */
export function checkMessage(message: string): string {
  if (message.length > RECORD_MESSAGE_MAX_CHARS) {
    throw new HitherError('usage', `the message has ${message.length} characters`, {
      fix: `keep it under ${RECORD_MESSAGE_MAX_CHARS}`,
    })
  }
  if (CONTROL.test(message)) throw new HitherError('usage', 'the message has line ends or control characters in it')
  return message
}

/** Throws `bad-name`. */
export function checkName(name: string): string {
  if (!NAME_PATTERN.test(name)) {
    throw new HitherError('bad-name', `"${name}" cannot be a name`, {
      why: 'a name is 1 to 63 small letters, digits and hyphens, and neither starts nor ends with a hyphen',
    })
  }
  return name
}

function readClaim(shape: Shape): NameClaim {
  const link = (field: string): CID | null => {
    const value = shape.raw(field)
    if (value === null) return null
    try {
      // The same one for all who name it: of a history, each record's `prev` is another's own.
      return decodeCid(CID.asCID(value)?.bytes)
    } catch {
      throw shape.refuse(`"${field}" must be a link or null`)
    }
  }
  const name = shape.string('name', 63)
  const message = shape.string('message', RECORD_MESSAGE_MAX_CHARS)
  if (CONTROL.test(message)) throw shape.refuse('its message has control characters in it')
  if (!NAME_PATTERN.test(name)) throw shape.refuse(`"${name}" cannot be a name`)
  return {
    name,
    sequence: shape.integer('sequence', 1, Number.MAX_SAFE_INTEGER),
    cid: link('cid'),
    time: shape.integer('time', 0, TIME_MAX_MS),
    message,
    prev: link('prev'),
  }
}

function toSign(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DOMAIN.length + payload.length)
  bytes.set(DOMAIN)
  bytes.set(payload, DOMAIN.length)
  return bytes
}

function decode(bytes: Uint8Array): unknown {
  try {
    return decodeDag(bytes)
  } catch (cause) {
    throw new HitherError('bad-record', 'the name record cannot be read', { cause })
  }
}

function badRecord(why: string): HitherError {
  return new HitherError('bad-record', 'the name record does not hold', { why })
}
