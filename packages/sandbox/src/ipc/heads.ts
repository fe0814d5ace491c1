import { HitherError, type Headers, type ResponseHead } from '@hither/core'
import { FRAME } from './frames.ts'
import { HEADERS_MAX } from './limits.ts'
import type { Message } from './messages.ts'
import type { MessageWriter } from './writer.ts'

/** The heads of what passes with every call: fields one after the other, the texts last. */

export interface CallHead {
  /** The function's number. */
  fn: number
  method: string
  url: string
  headers: Headers
  /** Processor time that it may take, in ms, and the longest body of its answer. */
  cpuMs: number
  bodyBytes: number
  /** See `GuestLimits`. */
  patience: number
  /** See `frames.ts`. */
  startBy: number
  /** Its body comes in pieces. */
  streams: boolean
}

/** What a process measured of a call: how long it ran and what it took, in ms, and the function's heap then, in bytes. */
export interface Measures {
  runMs: number
  cpuMs: number
  heapBytes: number
  /** It has its answer, and goes on. */
  background: boolean
}

export interface AnswerHead extends ResponseHead, Measures {}

/** Method and URL. */
const CALL_TEXTS = 2

/** The longest list that 16 bits count, which is more than fits into a head. */
const TEXTS_MAX = 65_535

const STATUS_MIN = 200
const STATUS_MAX = 599

export function writeCall(to: MessageWriter, id: number, head: CallHead, body?: Uint8Array): void {
  to.begin(FRAME.call, id)
  to.u32(head.fn)
  to.f64(head.cpuMs)
  to.f64(head.bodyBytes)
  to.f64(head.startBy)
  to.u8(head.patience)
  to.u8(head.streams ? 1 : 0)
  to.texts([head.method, head.url], head.headers)
  to.end(body)
}

export function readCall(message: Message): CallHead {
  const fn = message.u32()
  const cpuMs = message.f64()
  const bodyBytes = message.f64()
  const startBy = message.f64()
  const patience = message.u8()
  const streams = message.flag()
  const [method = '', url = '', ...rest] = message.texts(CALL_TEXTS, TEXTS_MAX)
  return { fn, method, url, headers: pairsOf(rest), cpuMs, bodyBytes, startBy, patience, streams }
}

export function writeAnswer(to: MessageWriter, id: number, head: AnswerHead, body: Uint8Array): void {
  to.begin(FRAME.answered, id)
  to.u16(head.status)
  to.f64(head.runMs)
  to.f64(head.cpuMs)
  to.f64(head.heapBytes)
  to.u8(head.background ? 1 : 0)
  to.texts([], head.headers)
  to.end(body)
}

/** Throws `bad-message`. */
export function readAnswer(message: Message): AnswerHead {
  const status = message.u16()
  if (status < STATUS_MIN || status > STATUS_MAX)
    throw new HitherError('bad-message', `a sandbox process answered with the status ${status}`)
  const runMs = message.f64()
  const cpuMs = message.f64()
  const heapBytes = message.f64()
  const background = message.flag()
  return { status, headers: pairsOf(message.texts(0, 2 * HEADERS_MAX)), runMs, cpuMs, heapBytes, background }
}

function pairsOf(texts: readonly string[]): Headers {
  const headers: Headers = []
  for (let i = 1; i < texts.length; i += 2) headers.push([texts[i - 1] ?? '', texts[i] ?? ''])
  return headers
}
