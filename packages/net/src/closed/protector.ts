import { randomBytes } from 'node:crypto'
import type { AbortOptions, ConnectionProtector, MultiaddrConnection } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { closedConnection } from './connection.ts'

/** The name of the error of a connection whose other side does not even say its nonce. */
export const TURNED_AWAY = 'TurnedAway'

/** Of XSalsa20. */
const NONCE_BYTES = 24

/**
 * An open peer takes the beginning of a nonce for the length of a word. Where the length itself is longer than any may be, it gives
 * up at once; else it would wait for the word.
 */
const NO_LENGTH: readonly ((byte: number) => number)[] = [
  (byte) => byte | 0x80,
  (byte) => byte | 0x80,
  (byte) => byte & 0x7f,
]

/**
 * Keeps everyone without the key from saying a single word: libp2p's private networks (pnet, version 1). Each side sends a
 * nonce, and all that follows is mixed with the keystream of nonce and key. It is a wall and no more; who somebody is and what
 * nobody else may read is up to the encryption within.
 *
 * The wire is that of @libp2p/pnet, the code is not: there a connection never gives back its place in the cipher's memory, and
 * some thousands of connects from outside, or a large body to a slow reader, break every connection there is (see keystream.ts).
 */
export function protector(key: Uint8Array): () => ConnectionProtector {
  return () => ({
    [Symbol.toStringTag]: 'hither-closed-network',
    protect(connection: MultiaddrConnection, options) {
      return protect(connection, key, options)
    },
  })
}

/** Throws `TurnedAway` where the other side hangs up. libp2p cuts what does not come to an end here. */
async function protect(
  raw: MultiaddrConnection,
  key: Uint8Array,
  options?: AbortOptions,
): Promise<MultiaddrConnection> {
  const bytes = byteStream(raw)
  const ours = Uint8Array.from(randomBytes(NONCE_BYTES), (byte, i) => NO_LENGTH[i]?.(byte) ?? byte)
  try {
    const [theirs] = await Promise.all([bytes.read({ bytes: NONCE_BYTES, ...options }), bytes.write(ours, options)])
    return closedConnection({ raw: bytes.unwrap(), key, ours, theirs: theirs.subarray() })
  } catch (thrown) {
    throw raw.status === 'open' ? thrown : turnedAway(thrown)
  }
}

function turnedAway(cause: unknown): Error {
  const error = new Error('it hung up before it said anything', { cause })
  error.name = TURNED_AWAY
  return error
}
