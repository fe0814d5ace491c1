import type { MessageStream } from '@libp2p/interface'

/** Bytes as libp2p passes them on: in one piece, or in a list of several. */
type Bytes = Parameters<MessageStream['send']>[0]

type Listener = (event: { readonly data: Bytes }) => void

/** What the connections and streams of libp2p have inside, and their types do not tell. */
interface Inside {
  readonly readStatus: string
  readonly remoteWriteStatus: string
  readonly writeStatus: string
  readonly readBufferLength: number
  readonly writeBufferLength: number
  readonly writeBuffer: { prepend(bytes: Bytes): void }
  sendingData: boolean
  writableNeedsDrain: boolean
  listenerCount(type: string): number
  addEventListener(type: string, listener: Listener, ...options: unknown[]): void
  removeEventListener(type: string, listener: Listener, ...options: unknown[]): void
  safeDispatchEvent(type: string, detail?: object): boolean
  onData(data: Bytes): void
  send(data: Bytes): boolean
  sendData(data: Bytes): { sentBytes: number; canSendMore: boolean }
  processSendQueue(): boolean
  checkWriteBufferLength(): void
  abort(why: unknown): void
}

/**
 * Takes what comes straight to who listens. libp2p puts each chunk into a list, takes it out again and makes an event of it, on each of
 * the three floors between a socket and a protocol; and says of each write that nothing waits any more, mostly to nobody. Whenever
 * anything is not as usual (bytes are held back, or one side has ended) its own way is taken.
 */
export function straight<Stream extends MessageStream>(stream: Stream): Stream {
  const inside = stream as unknown as Inside
  const onData = inside.onData.bind(stream)
  const listen = inside.addEventListener.bind(stream)
  const unlisten = inside.removeEventListener.bind(stream)
  const say = inside.safeDispatchEvent.bind(stream)
  /** Those that hear of every message, without conditions. */
  let listeners: readonly Listener[] = []

  inside.addEventListener = (type, listener, ...options) => {
    const plain = type === 'message' && options.length === 0 && !listeners.includes(listener)
    if (plain) listeners = [...listeners, listener]
    listen(type, listener, ...options)
  }
  inside.removeEventListener = (type, listener, ...options) => {
    if (type === 'message') listeners = listeners.filter((one) => one !== listener)
    unlisten(type, listener, ...options)
  }
  inside.onData = (data) => {
    const usual =
      inside.readStatus === 'readable' &&
      inside.remoteWriteStatus === 'writable' &&
      inside.readBufferLength === 0 &&
      data.byteLength > 0 &&
      listeners.length > 0 &&
      listeners.length === inside.listenerCount('message')
    if (!usual) return onData(data)
    for (const tell of listeners) tell({ data })
  }
  inside.safeDispatchEvent = (type, detail) => inside.listenerCount(type) === 0 || say(type, detail)
  return stream
}

/** The same for what is sent on a connection: by way of its queue only where something waits there. */
export function straightSend<Connection extends MessageStream>(connection: Connection): Connection {
  const inside = connection as unknown as Inside
  const send = inside.send.bind(connection)

  inside.send = (data) => {
    const usual =
      inside.writeStatus === 'writable' &&
      !inside.writableNeedsDrain &&
      !inside.sendingData &&
      inside.writeBufferLength === 0
    if (!usual) return send(data)
    const { sentBytes, canSendMore } = attempt(data)
    if (sentBytes < data.byteLength) inside.writeBuffer.prepend(data.subarray(sentBytes))
    if (canSendMore) return inside.writeBufferLength === 0 || inside.processSendQueue()
    inside.writableNeedsDrain = true
    inside.checkWriteBufferLength()
    return false
  }

  /** What is sent meanwhile waits behind it. */
  function attempt(data: Bytes): ReturnType<Inside['sendData']> {
    inside.sendingData = true
    try {
      return inside.sendData(data)
    } catch (thrown) {
      inside.abort(thrown)
      throw thrown
    } finally {
      inside.sendingData = false
    }
  }
  return connection
}
