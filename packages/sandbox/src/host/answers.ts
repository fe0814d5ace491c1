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
import type { Measures } from '../ipc/heads.ts'
import { HEADERS_MAX } from '../ipc/limits.ts'
import type { Message } from '../ipc/messages.ts'

/** Why what came is no answer that its caller can have. */
export function answerError(answer: ResponseHead, bodyBytes: number, maxBodyBytes: number): HitherError | undefined {
  return headersError(answer) ?? bodyError(bodyBytes, maxBodyBytes)
}

/** How a call ended, as its process says: with an error, or with the end of its streamed answer. Throws `bad-message`. */
export function readEnded(head: Shape): { measures: Measures; error: HitherError | undefined } {
  const measures = {
    runMs: head.number('runMs', 0, Number.MAX_SAFE_INTEGER),
    cpuMs: head.number('cpuMs', 0, Number.MAX_SAFE_INTEGER),
    heapBytes: head.number('heapBytes', 0, Number.MAX_SAFE_INTEGER),
    background: head.boolean('background'),
  }
  return { measures, error: head.has('error') ? readFailure(head.raw('error'), CALL_CODES) : undefined }
}

/** The body of a message, without the chunk that it came in. */
export function ownOf({ body }: Message): Uint8Array {
  return new Uint8Array(body)
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
  let chars = 0
  for (const [name, value] of headers) chars += name.length + value.length
  if (chars <= HEADER_MAX_BYTES) return undefined
  return new HitherError('result-too-large', `the answer's headers have ${chars} characters`, {
    why: `the limit is ${HEADER_MAX_BYTES}`,
    fix: 'answer with less in the headers, and more in the body',
  })
}

function bodyError(bytes: number, maxBytes: number): HitherError | undefined {
  if (bytes <= maxBytes) return undefined
  return new HitherError('result-too-large', `the answer has ${bytes} bytes`, {
    why: `the function's limit is ${maxBytes}`,
    fix: 'answer with less, or raise `limits.bodyBytes` of the function',
  })
}
