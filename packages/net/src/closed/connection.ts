import type { AbortOptions, MultiaddrConnection } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils'
import { keystream, type Keystream } from './keystream.ts'

/** What both sides of every libp2p connection say first. */
const FIRST_WORDS = new TextEncoder().encode('\u0013/multistream/1.0.0\n')

export interface ClosedConnectionInit {
  /** The connection beneath, both nonces exchanged. */
  raw: MultiaddrConnection
  key: Uint8Array
  /** The nonces. */
  ours: Uint8Array
  theirs: Uint8Array
}

/** Throws where the connection beneath is gone already. */
export function closedConnection(init: ClosedConnectionInit): MultiaddrConnection {
  if (init.raw.status !== 'open') throw new Error('it hung up before it said anything')
  return new ClosedConnection(init)
}

/** A connection of which both directions are mixed with keystreams. */
class ClosedConnection extends AbstractMultiaddrConnection {
  private readonly raw: MultiaddrConnection
  private readonly outgoing: Keystream
  private readonly incoming: Keystream
  /** How many of the first words have come. */
  private heard = 0

  constructor({ raw, key, ours, theirs }: ClosedConnectionInit) {
    super({ log: raw.log.newScope('closed'), remoteAddr: raw.remoteAddr, direction: raw.direction })
    this.raw = raw
    this.outgoing = keystream(ours, key)
    this.incoming = keystream(theirs, key)
    raw.addEventListener('message', ({ data }) => this.receive(data.subarray()))
    raw.addEventListener('drain', () => this.onMuxerDrain())
    raw.addEventListener('close', ({ error, local }) => {
      if (error === undefined) this.onTransportClosed()
      else if (local === true) this.abort(error)
      else this.onRemoteReset()
      this.outgoing.end()
      this.incoming.end()
    })
  }

  sendData(data: { byteLength: number; subarray(): Uint8Array }): SendResult {
    return { sentBytes: data.byteLength, canSendMore: this.raw.send(this.outgoing.mix(data.subarray())) }
  }

  async sendClose(options?: AbortOptions): Promise<void> {
    await this.raw.close(options)
  }

  sendReset(error: Error): void {
    this.raw.abort(error)
  }

  sendPause(): void {
    this.raw.pause()
  }

  sendResume(): void {
    this.raw.resume()
  }

  private receive(mixed: Uint8Array): void {
    // What came before the end, but was not asked for until after it, can be unmixed no more, nor is anybody there to be answered.
    if (this.status !== 'open' && this.status !== 'closing') return
    const bytes = this.incoming.mix(mixed)
    // With another key it is noise, in which libp2p would look for the length of a word, and wait for the word until its patience ends.
    for (const byte of bytes.subarray(0, FIRST_WORDS.length - this.heard)) {
      if (byte !== FIRST_WORDS[this.heard++]) return this.abort(new Error('it has not the key of this network'))
    }
    this.onData(bytes)
  }
}
