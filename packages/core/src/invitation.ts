import { base32 } from 'multiformats/bases/base32'
import { sha256 } from 'multiformats/hashes/sha2'
import { decodeMessage, encodeMessage } from './codec.ts'
import { HitherError } from './errors.ts'
import { checkName } from './name.ts'
import { Shape } from './shape.ts'

/** What it takes to be in a closed network. Whoever has it is in. */
export interface Invitation {
  /** What its people call the network: as a name, since it is shown and typed. */
  label: string
  /** The secret that all its peers share, 32 bytes (libp2p's pnet). */
  key: Uint8Array
  /** Multiaddrs of peers that may be there to begin with. */
  addresses: string[]
}

export const NETWORK_KEY_BYTES = 32

/** On a LAN none is needed; three ways to one machine, or to three machines, and it can still be read out. */
export const INVITATION_ADDRESSES_MAX = 3
export const INVITATION_ADDRESS_MAX_CHARS = 128

const VERSION = 1
const PREFIX = `hither${VERSION}:`

/** Before the content its length, after it the beginning of a hash: one in four billion mistakes goes unnoticed. */
const LENGTH_BYTES = 2
const CHECK_BYTES = 4

/** So many letters are five whole bytes, and the length among them. */
const HEAD_CHARS = 8

/** What a label must not look like: whoever says a network by its tag means no other. */
const TAG = /^[a-z2-7]{16}$/

/** Letters to a group, for whoever reads it out. */
const GROUP_CHARS = 6

/**
 * One line of lower-case letters, digits and hyphens: version, key, label, addresses, and a check of them all. It is as secret
 * as the key. Throws `usage` for what cannot be in it, `bad-name` for the label.
 */
export async function encodeInvitation({ label, key, addresses }: Invitation): Promise<string> {
  if (TAG.test(checkName(label))) {
    throw new HitherError('bad-name', `the label "${label}" looks like the tag of a network`, {
      fix: 'give it another length',
    })
  }
  const fits = addresses.length <= INVITATION_ADDRESSES_MAX
  if (!fits || addresses.some((address) => address.length > INVITATION_ADDRESS_MAX_CHARS)) {
    throw new HitherError('usage', `an invitation takes ${INVITATION_ADDRESSES_MAX} addresses of ordinary length`)
  }
  const content = encodeMessage({ label, key, addresses })
  const bytes = new Uint8Array(LENGTH_BYTES + content.length + CHECK_BYTES)
  new DataView(bytes.buffer).setUint16(0, content.length)
  bytes.set(content, LENGTH_BYTES)
  bytes.set(await checkOf(bytes.subarray(0, -CHECK_BYTES)), bytes.length - CHECK_BYTES)
  const letters = base32.baseEncode(bytes)
  return `${PREFIX}${letters.match(new RegExp(`.{1,${GROUP_CHARS}}`, 'g'))?.join('-') ?? ''}`
}

/**
 * Reads an invitation as people pass it on: in capitals, with spaces, hyphens or line ends where they like. Throws
 * `bad-invitation`, with what is wrong with it and never with any part of it.
 */
export async function decodeInvitation(text: string): Promise<Invitation> {
  const plain = text.toLowerCase().replace(/[\s-]/g, '')
  const version = /^hither(\d{1,4}):/.exec(plain)?.[1]
  if (version === undefined) throw bad(`it does not begin with "${PREFIX}"`)
  if (version !== String(VERSION)) {
    throw bad(
      `it is of version ${version}, and this hither reads version ${VERSION}`,
      'use the same hither as who invites',
    )
  }
  const bytes = bytesOf(plain.slice(PREFIX.length))
  const check = await checkOf(bytes.subarray(0, -CHECK_BYTES))
  if (check.some((byte, i) => byte !== bytes[bytes.length - CHECK_BYTES + i])) throw mistyped()
  return readContent(bytes.subarray(LENGTH_BYTES, -CHECK_BYTES))
}

/**
 * What a network is known by to everyone: sixteen letters and digits from a hash of its key, which tell nothing of it. Two
 * networks with one label differ in it.
 */
export async function networkTag(key: Uint8Array): Promise<string> {
  const about = new TextEncoder().encode('hither network tag 1\n')
  const { digest } = await sha256.digest(Uint8Array.from([...about, ...key]))
  return base32.baseEncode(digest.subarray(0, 10))
}

async function checkOf(bytes: Uint8Array): Promise<Uint8Array> {
  const { digest } = await sha256.digest(Uint8Array.from([...new TextEncoder().encode(PREFIX), ...bytes]))
  return digest.subarray(0, CHECK_BYTES)
}

/** As many as its beginning says. */
function bytesOf(letters: string): Uint8Array {
  if (!/^[a-z2-7]*$/.test(letters))
    throw bad('there is something in it besides the letters a to z, the digits 2 to 7 and hyphens')
  if (letters.length < HEAD_CHARS) throw bad('it is too short: hardly more than its beginning is there')
  const head = base32.baseDecode(letters.slice(0, HEAD_CHARS))
  const length = LENGTH_BYTES + new DataView(head.buffer, head.byteOffset).getUint16(0) + CHECK_BYTES
  const missing = Math.ceil((length * 8) / 5) - letters.length
  if (missing > 0)
    throw bad(`it is too short: of its ${letters.length + missing} letters and digits ${missing} are missing`)
  if (missing < 0)
    throw bad(
      `it is too long: it should have ${letters.length + missing} letters and digits, and has ${letters.length}`,
    )
  try {
    return base32.baseDecode(letters)
  } catch {
    // Its last letter stands for more bits than are left.
    throw mistyped()
  }
}

function readContent(bytes: Uint8Array): Invitation {
  const shape = new Shape(decodeMessage(bytes), 'the invitation', 'bad-invitation').only('label', 'key', 'addresses')
  const key = shape.bytes('key', NETWORK_KEY_BYTES)
  if (key.length !== NETWORK_KEY_BYTES) throw shape.refuse(`its key has ${key.length} bytes, not ${NETWORK_KEY_BYTES}`)
  return {
    label: checkName(shape.string('label')),
    key: Uint8Array.from(key),
    addresses: shape.strings('addresses', INVITATION_ADDRESSES_MAX, INVITATION_ADDRESS_MAX_CHARS),
  }
}

function mistyped(): HitherError {
  return bad('its checksum does not fit: at least one letter or digit of it is not what it was')
}

function bad(why: string, fix = 'copy the whole line again, or let it be read out again'): HitherError {
  return new HitherError('bad-invitation', 'this is not a whole invitation', { why, fix })
}
