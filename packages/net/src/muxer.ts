import type { StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { yamux, type YamuxMuxerInit } from '@libp2p/yamux'
import { STREAM_WINDOW_BYTES } from './limits/streams.ts'

/** What cuts frames out of what comes, and holds what is not whole yet. */
interface Decoding {
  readonly decoder: {
    readonly buffer: { readonly byteLength: number }
    emitFrames(chunk: unknown): Iterable<unknown>
  }
}

/** Of what stands before each frame, in bytes. */
const HEAD_BYTES = 12

/**
 * Yamux that waits for no frame longer than a window. By itself it holds what has come of a frame, however long the frame claims to be,
 * and looks at the window only when it is whole.
 */
export function boundedYamux(init: YamuxMuxerInit): () => StreamMuxerFactory {
  return () => {
    const factory = yamux(init)()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => bounded(create(connection))
    return factory
  }
}

function bounded<M extends StreamMuxer>(muxer: M): M {
  const { decoder } = muxer as unknown as Decoding
  const emitFrames = decoder.emitFrames.bind(decoder)
  decoder.emitFrames = (chunk) => {
    if (decoder.buffer.byteLength > HEAD_BYTES + STREAM_WINDOW_BYTES)
      throw new Error('a frame is longer than any window')
    return emitFrames(chunk)
  }
  return muxer
}
