import { code as dagCborCode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as digests from 'multiformats/hashes/digest'
import { sha256 } from 'multiformats/hashes/sha2'
import { HitherError } from './errors.ts'
import { Recent } from './recent.ts'

export { CID }

/** What a block's bytes are: `raw` for bundles and source maps, `dag-cbor` for manifests and records. */
export type BlockKind = 'raw' | 'dag-cbor'

export interface Block {
  cid: CID
  bytes: Uint8Array
}

export async function cidOf(bytes: Uint8Array, kind: BlockKind): Promise<CID> {
  return CID.createV1(kind === 'raw' ? raw.code : dagCborCode, await sha256.digest(bytes))
}

export async function blockOf(bytes: Uint8Array, kind: BlockKind): Promise<Block> {
  return { cid: await cidOf(bytes, kind), bytes }
}

/** Throws `bad-block` where the bytes are not what the CID promises. */
export async function verifyBlock(cid: CID, bytes: Uint8Array): Promise<void> {
  const digest = await sha256.digest(bytes)
  if (!equalBytes(digest.bytes, cid.multihash.bytes)) {
    throw new HitherError('bad-block', `the bytes do not hash to ${cid.toString()}`, {
      why: 'they were damaged on disk or altered on the way',
    })
  }
}

/** CIDs read last: calls name the same few functions again and again, and to read one, and write it anew in text, takes some 30 µs. */
const RECENT = 256
const recentTexts = new Recent<string, CID>(RECENT)
const recentBytes: (CID | undefined)[] = Array.from({ length: RECENT })

/** Of one in base 32; in the other bases it is shorter. Base 36 and 58 take time with the square of the length to read, and anybody may send a text. */
const CID_MAX_CHARS = 59

/** Reads a CID in text, as users type it. Throws `bad-name`. */
export function parseCid(text: string): CID {
  const known = recentTexts.get(text)
  if (known !== undefined) return known
  try {
    if (text.length > CID_MAX_CHARS) throw new TypeError('it is too long')
    return recentTexts.set(text, checkCid(CID.parse(text)))
  } catch (cause) {
    throw new HitherError('bad-name', `"${text}" is not a CID`, {
      why: 'a function has a CIDv1 with SHA-256, such as bafyrei…',
      cause,
    })
  }
}

/** Reads a CID in bytes, as peers send it. Throws `bad-message`. */
export function decodeCid(bytes: unknown): CID {
  try {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('not bytes')
    const place = (bytes.at(-1) ?? 0) % RECENT
    const known = recentBytes[place]
    if (known !== undefined && equalBytes(known.bytes, bytes)) return known
    // A copy: what came may be a view into much more.
    return (recentBytes[place] = inOnePiece(checkCid(CID.decode(new Uint8Array(bytes)))))
  } catch (cause) {
    throw new HitherError('bad-message', 'a peer sent a CID that cannot be read', { cause })
  }
}

/** Its bytes, its multihash and its digest as views of one memory. They have two or three of them, at 170 bytes each, and CIDs are kept by the thousand. */
function inOnePiece({ version, code, multihash, bytes }: CID): CID {
  const whole = new Uint8Array(bytes)
  return new CID(version, code, digests.decode(whole.subarray(-multihash.bytes.length)), whole)
}

/** One hash and two codecs: fewer ways for the same function to have two names. */
function checkCid(cid: CID): CID {
  const known = cid.code === raw.code || cid.code === dagCborCode
  if (cid.version !== 1 || !known || cid.multihash.code !== sha256.code) {
    throw new TypeError('not a CIDv1 of a raw or dag-cbor block under SHA-256')
  }
  return cid
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
