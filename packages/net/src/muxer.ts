import type { MessageStream, Stream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux, type YamuxMuxerInit } from '@libp2p/yamux'
import { SMALL_BODY_BYTES } from './limits/calls.ts'
import { STREAM_WINDOW_BYTES } from './limits/streams.ts'
import { straight, straightSend, type Bytes, type SendResult } from './straight.ts'

interface Head {
  type: number
  flag: number
  streamID: number
  length: number
}

/** A frame of yamux: its head, and of a data frame what it carries. */
interface MuxFrame {
  header: Head
  data?: Bytes
}

/** What it makes each of its streams by. */
const NEW_STREAM = '_newStream'

/** What a muxer has inside. */
interface Muxer {
  readonly decoder: {
    readonly buffer: { readonly byteLength: number }
    emitFrames(chunk: Bytes): Iterable<MuxFrame>
  }
  send(bytes: Bytes): boolean
  sendFrame(head: Head, data?: Bytes): boolean
  [NEW_STREAM](...init: unknown[]): Stream & MuxedStream
}

/** What a stream of it has inside. */
interface MuxedStream extends MessageStream {
  readonly streamId: number
  sendWindowCapacity: number
  getSendFlags(): number
  sendFrame(head: Head, data: Bytes): boolean
  sendData(data: Bytes): SendResult
}

/** Of what stands before each frame, in bytes: version, type, flags, stream, length. */
const HEAD_BYTES = 12

const DATA = 0

/**
 * Yamux that cuts frames out of what comes where they stand, which are mostly whole, and sends short ones in one piece: its own way puts all
 * into lists and takes it out again.
 */
export function quickYamux(init: YamuxMuxerInit): () => StreamMuxerFactory {
  return () => {
    const factory = yamux(init)()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      quicken(muxer as unknown as Muxer)
      return muxer
    }
    return factory
  }
}

function quicken(muxer: Muxer): void {
  const { decoder } = muxer
  const emitFrames = decoder.emitFrames.bind(decoder)
  const sendFrame = muxer.sendFrame.bind(muxer)
  const newStream = muxer[NEW_STREAM].bind(muxer)
  decoder.emitFrames = (chunk) => {
    // Its own way holds what has come of a frame, however long the frame claims to be, and looks at the window only when it is whole.
    if (decoder.buffer.byteLength > HEAD_BYTES + STREAM_WINDOW_BYTES)
      throw new Error('a frame is longer than any window')
    const whole = decoder.buffer.byteLength === 0 && chunk instanceof Uint8Array ? framesIn(chunk) : undefined
    return whole ?? emitFrames(chunk)
  }
  // To copy what is short costs less than a list, and what follows then has one piece to encrypt.
  muxer.sendFrame = (head, data) =>
    data instanceof Uint8Array && data.length <= SMALL_BODY_BYTES
      ? muxer.send(encodeFrame(head, data))
      : sendFrame(head, data)
  muxer[NEW_STREAM] = (...given) => quickStream(newStream(...given))
}

function quickStream<S extends MuxedStream>(stream: S): S {
  const sendData = stream.sendData.bind(stream)
  stream.sendData = (data) => {
    if (!(data instanceof Uint8Array)) return sendData(data)
    const { length } = data
    const head = { type: DATA, flag: stream.getSendFlags(), streamID: stream.streamId, length }
    const canSendMore = stream.sendFrame(head, data)
    stream.sendWindowCapacity -= length
    return { sentBytes: length, canSendMore }
  }
  const fits = (data: Bytes): boolean => data instanceof Uint8Array && data.length <= stream.sendWindowCapacity
  return straightSend(straight(stream), fits)
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

function encodeFrame({ type, flag, streamID, length }: Head, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEAD_BYTES + data.length)
  const view = new DataView(frame.buffer)
  view.setUint8(1, type)
  view.setUint16(2, flag)
  view.setUint32(4, streamID)
  view.setUint32(8, length)
  frame.set(data, HEAD_BYTES)
  return frame
}
