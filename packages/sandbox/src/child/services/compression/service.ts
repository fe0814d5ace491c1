import {
  COMPRESSION_FORMATS,
  COMPRESSION_PIECE_BYTES,
  COMPRESSION_STREAMS_MAX,
  type CompressionAsk,
} from '../../../guest/wall/compression.ts'
import { ServiceError, type Answer, type Ask, type Service } from '../service.ts'
import { Codec } from './codec.ts'

/** Compression streams, by the words of `wall/compression.ts`. */
export function compressionService(): Service {
  return new Compression()
}

class Compression implements Service {
  readonly #streams = new Map<number, { call: number; codec: Codec }>()

  answer({ text, buffers, call }: Ask): Answer {
    const ask = JSON.parse(text) as CompressionAsk
    if (ask.step === 'drop') {
      this.#close(ask.stream)
      return ''
    }
    const codec = this.#streams.get(ask.stream)?.codec ?? this.#open(ask, call)
    try {
      const piece = step(codec, ask, buffers)
      if (ask.step === 'end' && piece.length < COMPRESSION_PIECE_BYTES) this.#close(ask.stream)
      return piece
    } catch (error) {
      this.#close(ask.stream)
      throw error
    }
  }

  end(call: number): void {
    for (const [stream, { call: owner }] of this.#streams) if (owner === call) this.#close(stream)
  }

  close(): void {
    for (const stream of this.#streams.keys()) this.#close(stream)
  }

  #open({ stream, format, inflate }: CompressionAsk, call: number): Codec {
    if (this.#streams.size >= COMPRESSION_STREAMS_MAX) {
      const most = `a function can have ${COMPRESSION_STREAMS_MAX} streams that compress at once`
      throw new ServiceError('QuotaExceededError', `${most}; those of a call end with it`)
    }
    const known = COMPRESSION_FORMATS.find((one) => one === format)
    if (known === undefined) throw new ServiceError('TypeError', 'there is no such format')
    const codec = new Codec(known, inflate)
    this.#streams.set(stream, { call, codec })
    return codec
  }

  #close(stream: number): void {
    this.#streams.get(stream)?.codec.close()
    this.#streams.delete(stream)
  }
}

function step(codec: Codec, { step: what }: CompressionAsk, [buffer]: readonly ArrayBuffer[]): Uint8Array<ArrayBuffer> {
  if (what === 'more') return codec.more()
  return what === 'end' ? codec.end() : codec.write(new Uint8Array(buffer ?? new ArrayBuffer(0)))
}
