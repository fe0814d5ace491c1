import { writeAnswer, writeCall, type AnswerHead, type CallHead } from '../../src/ipc/heads.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { LENGTH_BYTES, MESSAGE_HEAD_BYTES } from '../../src/ipc/limits.ts'
import { MessageReader, type Message } from '../../src/ipc/messages.ts'
import { MessageWriter } from '../../src/ipc/writer.ts'

/** Messages as they travel over the pipe, each in a list of its own, so that they can be put together. */
export function bytesOf(write: (to: MessageWriter) => void): Uint8Array[] {
  const writer = new MessageWriter()
  write(writer)
  const all: Uint8Array[] = []
  writer.drain((parts) => {
    all.push(Buffer.concat(parts))
    return false
  })
  return all
}

export function written(type: number, id: number, head?: object, body?: Uint8Array): Uint8Array[] {
  return bytesOf((to) => to.message(type, id, head, body))
}

export function writtenPiece(id: number, bytes: Uint8Array, type: number = FRAME.piece): Uint8Array[] {
  return written(type, id, undefined, bytes)
}

const CALL: CallHead = {
  fn: 1,
  method: 'GET',
  url: 'http://f.test/',
  headers: [],
  cpuMs: 100,
  bodyBytes: 100,
  patience: 1,
  startBy: Number.MAX_SAFE_INTEGER,
  streams: false,
}

export function callHead(head: Partial<CallHead> = {}): CallHead {
  return { ...CALL, ...head }
}

export function writtenCall(id: number, head: Partial<CallHead> = {}, body?: Uint8Array): Uint8Array[] {
  return bytesOf((to) => writeCall(to, id, callHead(head), body))
}

const ANSWER: AnswerHead = { status: 200, headers: [], runMs: 1, cpuMs: 1, heapBytes: 1, background: false }

export function writtenAnswer(
  id: number,
  head: Partial<AnswerHead> = {},
  body: Uint8Array = new Uint8Array(0),
): Uint8Array[] {
  return bytesOf((to) => writeAnswer(to, id, { ...ANSWER, ...head }, body))
}

/** What these bytes say, where they come in chunks of so many. Throws `bad-message`. */
export function readAll(bytes: Uint8Array, maxBodyBytes = 1e6, chunkBytes: number = bytes.length): Message[] {
  const reader = new MessageReader(maxBodyBytes)
  const messages: Message[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes)
    reader.push(Buffer.from(bytes.subarray(at, at + chunkBytes)), (message) => messages.push(message))
  return messages
}

/** A message with any head whatsoever, put together by hand. */
export function writtenRaw(type: number, id: number, head: Uint8Array, body = new Uint8Array(0)): Uint8Array[] {
  const fixed = Buffer.alloc(MESSAGE_HEAD_BYTES)
  fixed.writeUInt32BE(MESSAGE_HEAD_BYTES - LENGTH_BYTES + head.length + body.length)
  fixed.writeUInt8(type, LENGTH_BYTES)
  fixed.writeUInt32BE(id, LENGTH_BYTES + 1)
  fixed.writeUInt32BE(head.length, MESSAGE_HEAD_BYTES - 4)
  return [Buffer.concat([fixed, head, body])]
}

/** A message with other bytes from there on. */
export function tampered([message = new Uint8Array(0)]: Uint8Array[], at: number, ...bytes: number[]): Uint8Array[] {
  const copy = Buffer.from(message)
  copy.set(bytes, at)
  return [copy]
}
