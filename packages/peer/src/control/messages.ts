import {
  bodyFrames,
  concat,
  decodeMessage,
  encodeFrames,
  encodeMessage,
  HitherError,
  Shape,
  type Frame,
} from '@hither/core'
import { CONTROL_MESSAGE_BYTES } from '../limits.ts'

/**
 * What goes over the control socket, as frames whose id is the request's number. A body goes as DATA before the message that
 * it belongs to, so that no message holds bytes of a user's.
 */
export const CONTROL = {
  /** To the peer: CBOR of { method, params }. */
  REQUEST: 1,
  /** To the peer: the client gave up. Empty. */
  CANCEL: 2,
  /** Both ways: a piece of the body of the REQUEST or RESULT that follows. */
  DATA: 3,
  /** To the client: CBOR of one progress event. */
  PROGRESS: 4,
  /** To the client: CBOR of { result }. */
  RESULT: 5,
  /** To the client: CBOR of a WireError. */
  ERROR: 6,
} as const

/** A message, its `body` field (of `params` or `result`) sent apart. */
export function controlFrames(type: number, id: number, message: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  const frames: Frame[] = []
  const inner = message['params'] ?? message['result']
  if (isMap(inner) && inner['body'] instanceof Uint8Array) {
    frames.push(...bodyFrames(CONTROL.DATA, id, inner['body']))
    const key = message['params'] === undefined ? 'result' : 'params'
    message = { ...message, [key]: { ...inner, body: new Uint8Array(0) } }
  }
  frames.push({ type, id, payload: encodeMessage(message) })
  return encodeFrames(frames)
}

/** Puts the bodies that came as DATA back where they belong. */
export class ControlBodies {
  private readonly chunks = new Map<number, Uint8Array[]>()
  private bytes = 0

  /** Throws `too-large`. */
  add({ id, payload }: Frame): void {
    this.bytes += payload.length
    if (this.bytes > CONTROL_MESSAGE_BYTES * 4)
      throw new HitherError('too-large', 'too many bodies on the control socket')
    this.chunks.set(id, [...(this.chunks.get(id) ?? []), Uint8Array.from(payload)])
  }

  /** The message with its body. Throws `bad-message`. */
  read({ id, payload }: Frame, inner: 'params' | 'result'): Record<string, unknown> {
    const message = decodeMessage(payload)
    const shape = new Shape(message, 'the control message')
    const value = shape.raw(inner)
    const chunks = this.chunks.get(id)
    this.chunks.delete(id)
    const size = chunks?.reduce((sum, chunk) => sum + chunk.length, 0) ?? 0
    this.bytes -= size
    if (!isMap(message)) throw shape.refuse('it is not a map')
    return chunks === undefined || !isMap(value)
      ? message
      : { ...message, [inner]: { ...value, body: concat(chunks, size) } }
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
