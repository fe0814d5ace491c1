import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux, type YamuxMuxerInit } from '@libp2p/yamux'

/** Bytes as libp2p passes them on. */
type Bytes = Parameters<MessageStream['send']>[0]

/** A frame of yamux: its head, and of a data frame what it carries. */
interface MuxFrame {
  header: { type: number; flag: number; streamID: number; length: number }
  data?: Bytes
}

/** What a muxer has inside. */
interface Inside {
  readonly decoder: {
    readonly buffer: { readonly byteLength: number }
    emitFrames(chunk: Bytes): Iterable<MuxFrame>
  }
}

/** Of what stands before each frame, in bytes: version, type, flags, stream, length. */
const HEAD_BYTES = 12

const DATA = 0

/** Yamux that cuts frames out of what comes where they stand, which are mostly whole: its own way puts all into lists and takes it out again. */
export function quickYamux(init: YamuxMuxerInit): () => StreamMuxerFactory {
  return () => {
    const factory = yamux(init)()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      const { decoder } = muxer as unknown as Inside
      const emitFrames = decoder.emitFrames.bind(decoder)
      decoder.emitFrames = (chunk) => {
        const whole = decoder.buffer.byteLength === 0 && chunk instanceof Uint8Array ? framesIn(chunk) : undefined
        return whole ?? emitFrames(chunk)
      }
      return muxer
    }
    return factory
  }
}

/** The frames of a chunk that is nothing else; undefined for another one. */
function framesIn(chunk: Uint8Array): MuxFrame[] | undefined {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const frames: MuxFrame[] = []
  let at = 0
  while (at + HEAD_BYTES <= chunk.length && view.getUint8(at) === 0) {
    const type = view.getUint8(at + 1)
    const length = view.getUint32(at + 8)
    const header = { type, flag: view.getUint16(at + 2), streamID: view.getUint32(at + 4), length }
    const begin = at + HEAD_BYTES
    at = begin + (type === DATA ? length : 0)
    frames.push(type === DATA ? { header, data: chunk.subarray(begin, at) } : { header })
  }
  return at === chunk.length ? frames : undefined
}
