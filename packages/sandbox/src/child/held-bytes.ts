import { giveBack } from '@hither/core'

/** Bytes that came in pieces of any length and leave in others. Of what came, each piece has memory of its own. */
export class HeldBytes {
  bytes = 0
  #pieces: Uint8Array[] = []

  add(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.bytes += piece.length
  }

  /** The first of them, as many as are held at least. What is copied is copied once, and its memory given back. */
  take(bytes: number): Uint8Array {
    const [first] = this.#pieces
    this.bytes -= bytes
    if (first?.length === bytes) {
      this.#pieces.shift()
      return first
    }
    const { buffer } = Buffer.allocUnsafeSlow(bytes)
    const taken = new Uint8Array(buffer)
    let count = 0
    for (let at = 0; at < bytes;) {
      const piece = this.#pieces[count] as Uint8Array
      const part = piece.subarray(0, bytes - at)
      taken.set(part, at)
      at += part.length
      if (part.length < piece.length) {
        this.#pieces[count] = piece.subarray(part.length)
      } else {
        giveBack(new Uint8Array(piece.buffer))
        count += 1
      }
    }
    this.#pieces.splice(0, count)
    return taken
  }
}
