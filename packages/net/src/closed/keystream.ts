import xsalsa20 from 'xsalsa20'

/**
 * At most so much at once goes into the cipher. All its streams share one WebAssembly memory of 640 KiB, and once that has grown,
 * as it must for a larger piece, two streams in turn make it grow again and again, until it cannot and both are dead.
 */
const PIECE_BYTES = 16 * 1024

/** The bytes that one side of a connection is mixed with. */
export interface Keystream {
  /** Encrypts, or decrypts: the next bytes of the stream. */
  mix(bytes: Uint8Array): Uint8Array
  /** Must come, whatever happened: what is never ended keeps its place in the memory, and its key there. Nothing is mixed after. */
  end(): void
}

/** @param nonce - 24 bytes, never used before with this key. */
export function keystream(nonce: Uint8Array, key: Uint8Array): Keystream {
  const xor = xsalsa20(nonce, key)
  let ended = false
  return {
    mix(bytes) {
      const mixed = new Uint8Array(bytes.length)
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        xor.update(bytes.subarray(at, at + PIECE_BYTES), mixed.subarray(at, at + PIECE_BYTES))
      }
      return mixed
    },
    end() {
      if (!ended) xor.final()
      ended = true
    },
  }
}
