import { fromWire, HEADER_MAX_BYTES, HitherError, readError, type ErrorCode, type ResponseHead } from '@hither/core'
import { CALL_CODES } from '../ipc/codes.ts'
import { HEADERS_MAX } from '../ipc/limits.ts'
import type { Message } from '../ipc/messages.ts'

/** How a call ended, as its process says. */
export interface Ended {
  outcome: { head: ResponseHead; body: Uint8Array } | { error: HitherError }
  runMs: number
  cpuMs: number
  heapBytes: number
}

/** Throws `bad-message`: the process broke the protocol. */
export function readEnded({ head, body }: Message, maxBodyBytes: number): Ended {
  const measured = {
    runMs: head.number('runMs', 0, Number.MAX_SAFE_INTEGER),
    cpuMs: head.number('cpuMs', 0, Number.MAX_SAFE_INTEGER),
    heapBytes: head.number('heapBytes', 0, Number.MAX_SAFE_INTEGER),
  }
  if (head.has('error')) return { outcome: { error: readFailure(head.raw('error'), CALL_CODES) }, ...measured }
  const answer = { status: head.integer('status', 200, 599), headers: head.pairs('headers', HEADERS_MAX) }
  const tooLarge = sizeError(answer, body, maxBodyBytes)
  return { outcome: tooLarge === undefined ? { head: answer, body } : { error: tooLarge }, ...measured }
}

/** Throws `bad-message` where it is none, or has a code that does not belong there. */
export function readFailure(value: unknown, codes: readonly ErrorCode[]): HitherError {
  const error = fromWire(readError(value))
  if (codes.includes(error.code)) return error
  throw new HitherError('bad-message', `a sandbox process reported "${error.code}", which is not for it to say`)
}

function sizeError(head: ResponseHead, body: Uint8Array, maxBodyBytes: number): HitherError | undefined {
  const headerChars = head.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (headerChars > HEADER_MAX_BYTES) {
    return new HitherError('result-too-large', `the answer's headers have ${headerChars} characters`, {
      why: `the limit is ${HEADER_MAX_BYTES}`,
      fix: 'answer with less in the headers, and more in the body',
    })
  }
  if (body.length <= maxBodyBytes) return undefined
  return new HitherError('result-too-large', `the answer has ${body.length} bytes`, {
    why: `the function's limit is ${maxBodyBytes}`,
    fix: 'answer with less, or raise `limits.bodyBytes` of the function',
  })
}
