import type { MultiaddrConnection } from '@libp2p/interface'
import { AbstractMultiaddrConnection, multiaddrConnectionPair, type SendResult } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'

/** One end of a connection in memory, on which what is sent in one turn comes in pieces of a given length. */
export class Wire extends AbstractMultiaddrConnection {
  private readonly pieceBytes: number
  private other: Wire | undefined
  private waiting = new Uint8Array(0)
  /** Whether it takes more: where it was full, it must be told when it no longer is. */
  full = false

  constructor(direction: MultiaddrConnection['direction'], pieceBytes: number) {
    const [{ log }] = multiaddrConnectionPair()
    super({ log, remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/4248'), direction })
    this.pieceBytes = pieceBytes
  }

  static pair(pieceBytes: number): [Wire, Wire] {
    const [out, inn] = [new Wire('outbound', pieceBytes), new Wire('inbound', pieceBytes)]
    out.other = inn
    inn.other = out
    return [out, inn]
  }

  emptied(): void {
    this.full = false
    this.onMuxerDrain()
  }

  sendData(data: { byteLength: number; subarray(): Uint8Array }): SendResult {
    if (this.waiting.length === 0) queueMicrotask(() => this.deliver())
    this.waiting = Buffer.concat([this.waiting, data.subarray()])
    return { sentBytes: data.byteLength, canSendMore: !this.full }
  }

  async sendClose(): Promise<void> {}

  sendReset(): void {}

  sendPause(): void {}

  sendResume(): void {}

  private deliver(): void {
    const all = this.waiting
    this.waiting = new Uint8Array(0)
    for (let at = 0; at < all.length; at += this.pieceBytes) {
      // A copy: what comes is decrypted in its place.
      this.other?.onData(new Uint8Array(all.subarray(at, at + this.pieceBytes)))
    }
  }
}
