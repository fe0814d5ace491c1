import { createHash, hash } from 'node:crypto'
import { DIGEST_BYTES, isWhole, watched, type Body, type ByteStream } from '@hither/core'

const SCRATCH = Buffer.alloc(DIGEST_BYTES)

/** Of what most requests have for a body. */
const OF_NOTHING = sha256(new Uint8Array(0))

/** The SHA-256 of what is here as a whole, at once. */
export function digestWhole(body: Uint8Array): Uint8Array {
  return body.length === 0 ? OF_NOTHING : sha256(body)
}

/** As a text, a character for each byte: that takes a fifth of the memory, where many are kept. */
export function digestText(body: Uint8Array): string {
  return hash('sha256', body, 'binary')
}

/** What a `digestText` says. */
export function bytesOfDigest(text: string): Uint8Array {
  SCRATCH.write(text, 'latin1')
  return new Uint8Array(SCRATCH)
}

/** As text on its way: a buffer that Node makes for each takes more than twice as long, and the garbage collector more time for each. */
function sha256(body: Uint8Array): Uint8Array {
  return bytesOfDigest(digestText(body))
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
