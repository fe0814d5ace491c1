declare module 'xsalsa20' {
  export interface Xor {
    /** Goes on with the stream where the last update left it. */
    update(input: Uint8Array, output: Uint8Array): Uint8Array
    /** Wipes its key from memory and gives its place there to the next one. */
    final(): void
  }
  /** @param nonce - 24 bytes. @param key - 32 bytes. */
  export default function xsalsa20(nonce: Uint8Array, key: Uint8Array): Xor
}
