import {
  encodeMessage,
  fromWire,
  HEADER_MAX_BYTES,
  HitherError,
  readError,
  type ErrorCode,
  type ResponseHead,
  type Shape,
} from '@hither/core'
import { CALL_CODES } from '../ipc/codes.ts'
import { HEADERS_MAX } from '../ipc/limits.ts'
import type { Message } from '../ipc/messages.ts'

/** How a call ended, as its process says. */
export interface Ended {
  outcome: { head: ResponseHead; body: Uint8Array } | { streamed: true } | { error: HitherError }
  runMs: number
  cpuMs: number
  heapBytes: number
  /** It goes on for `waitUntil`. */
  background: boolean
}

/** `streamed`: the answer had begun. Throws `bad-message`: the process broke the protocol. */
export function readEnded({ head, body }: Message, maxBodyBytes: number, streamed: boolean): Ended {
  const measured = {
    runMs: head.number('runMs', 0, Number.MAX_SAFE_INTEGER),
    cpuMs: head.number('cpuMs', 0, Number.MAX_SAFE_INTEGER),
    heapBytes: head.number('heapBytes', 0, Number.MAX_SAFE_INTEGER),
    background: head.has('background'),
  }
  if (head.has('error')) return { outcome: { error: readFailure(head.raw('error'), CALL_CODES) }, ...measured }
  if (streamed) {
    if (head.has('status') || body.length > 0) throw head.refuse('an answer began twice')
    return { outcome: { streamed }, ...measured }
  }
  const answer = headIn(head)
  const tooLarge = headersError(answer) ?? bodyError(body, maxBodyBytes)
  return { outcome: tooLarge === undefined ? { head: answer, body } : { error: tooLarge }, ...measured }
}

/** The head of an answer that begins. Throws `bad-message`. */
export function readBegan({ head }: Message): ResponseHead {
  const answer = headIn(head)
  const error = headersError(answer)
  if (error !== undefined) throw head.refuse(error.message)
  return answer
}

/** Throws `bad-message` where it is none, or has a code that does not belong there. */
export function readFailure(value: unknown, codes: readonly ErrorCode[]): HitherError {
  const error = fromWire(readError(value))
  checkTellable(error.data)
  if (codes.includes(error.code)) return error
  throw new HitherError('bad-message', `a sandbox process reported "${error.code}", which is not for it to say`)
}

/** What is nested without end could be told to nobody. */
function checkTellable(data: object = {}): void {
  try {
    encodeMessage(data)
  } catch (cause) {
    throw new HitherError('bad-message', 'a sandbox process reported an error that cannot be passed on', { cause })
  }
}

function headIn(head: Shape): ResponseHead {
  return { status: head.integer('status', 200, 599), headers: head.pairs('headers', HEADERS_MAX) }
}

function headersError({ headers }: ResponseHead): HitherError | undefined {
  const chars = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (chars <= HEADER_MAX_BYTES) return undefined
  return new HitherError('result-too-large', `the answer's headers have ${chars} characters`, {
    why: `the limit is ${HEADER_MAX_BYTES}`,
    fix: 'answer with less in the headers, and more in the body',
  })
}

function bodyError(body: Uint8Array, maxBytes: number): HitherError | undefined {
  if (body.length <= maxBytes) return undefined
  return new HitherError('result-too-large', `the answer has ${body.length} bytes`, {
    why: `the function's limit is ${maxBytes}`,
    fix: 'answer with less, or raise `limits.bodyBytes` of the function',
  })
}
