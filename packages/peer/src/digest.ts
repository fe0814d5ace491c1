import { createHash, hash } from 'node:crypto'
import { DIGEST_BYTES, isWhole, watched, type Body, type ByteStream } from '@hither/core'

const SCRATCH = Buffer.alloc(DIGEST_BYTES)

/** Of what most requests have for a body. */
const OF_NOTHING = sha256(new Uint8Array(0))

/** The SHA-256 of what is here as a whole, at once. */
export function digestWhole(body: Uint8Array): Uint8Array {
  return body.length === 0 ? OF_NOTHING : sha256(body)
}

/**
 * What `digestOfKept` makes a body's digest from, where many are kept and few asked for: the digest, or a body that is shorter. As a text, a
 * character for each byte: that takes a fifth of the memory.
 */
export function keptForDigest(body: Uint8Array): string {
  return body.length < DIGEST_BYTES ? latin1(body) : hash('sha256', body, 'binary')
}

export function digestOfKept(kept: string): Uint8Array {
  return kept.length < DIGEST_BYTES ? digestWhole(Buffer.from(kept, 'latin1')) : bytesOf(kept)
}

/** As text on its way: a buffer that Node makes for each takes more than twice as long, and the garbage collector more time for each. */
function sha256(body: Uint8Array): Uint8Array {
  return bytesOf(hash('sha256', body, 'binary'))
}

function bytesOf(digest: string): Uint8Array {
  SCRATCH.write(digest, 'latin1')
  return new Uint8Array(SCRATCH)
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

/** A body whose digest is taken while it passes by. */
export interface DigestedBody {
  body: Body
  /** Undefined where the body was not read to its end. */
  digest(): Uint8Array | undefined
}

export function digested(body: Body): DigestedBody {
  return isWhole(body) ? { body, digest: () => digestWhole(body) } : digestedStream(body)
}

function digestedStream(stream: ByteStream): DigestedBody {
  const hasher = createHash('sha256')
  let digest: Uint8Array | undefined
  const body = watched(stream, {
    piece: (bytes) => void hasher.update(bytes),
    end: () => void (digest = hasher.digest()),
  })
  return { body, digest: () => digest }
}
