import { HitherError, type WireError, HEADER_MAX_BYTES } from '@hither/core'
import {
  ERROR_MESSAGE_MAX_CHARS,
  ERROR_NAME_MAX_CHARS,
  ERROR_STACK_MAX_CHARS,
  LOAD_CPU_MS,
} from '../guest/wall/limits.ts'
import { HEADERS_MAX } from '../ipc/limits.ts'

/** An error of user code, as it is shown: nothing in it tells of this machine. */
export interface UserError {
  name: string
  message: string
  stack: string
}

/** The name of a bundle in stacks. */
export function fileOf(name: string): string {
  return `fn:${name}`
}

/** Whatever came out of the isolate as thrown, with the bundle's own frames only. */
export function userErrorOf(thrown: unknown, file: string): UserError {
  if (!(thrown instanceof Error))
    return { name: '', message: shorten(String(thrown), ERROR_MESSAGE_MAX_CHARS), stack: '' }
  const { name, message, stack } = thrown
  return {
    name: shorten(name, ERROR_NAME_MAX_CHARS),
    message: shorten(message, ERROR_MESSAGE_MAX_CHARS),
    stack: framesOf(stack ?? '', file),
  }
}

/** The lines of a stack that stand in the bundle. Runtime and process are left out: they are not the user's to mend. */
export function framesOf(stack: string, file: string): string {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line) && line.includes(`${file}:`))
  return shorten(lines.map((line) => line.trim()).join('\n'), ERROR_STACK_MAX_CHARS)
}

export function invalid(why: string, error?: UserError): HitherError {
  return new HitherError('handler-invalid', 'the bundle does not give a handler', {
    why,
    fix: 'let the bundle `export default { fetch(request, env, ctx) { … } }`, an app with a `fetch`, a function, or functions by name',
    ...(error !== undefined && { data: { ...error } }),
  })
}

export function failed(error: UserError): WireError {
  const message = `the handler threw ${titleOf(error)}`
  return new HitherError('handler-failed', message, { data: { ...error } }).toWire()
}

/** A handler that waits for something that nobody is going to do. */
export function neverAnswers(): WireError {
  return new HitherError('handler-failed', 'the handler never answers: nothing is left that could settle its promise', {
    fix: 'look for a promise that is never resolved; timers of a call end with it, so no call can wait for those of another',
  }).toWire()
}

/** The same of an answer that has begun. */
export function neverEnds(): WireError {
  return new HitherError('handler-failed', 'the answer never ends: nothing is left that could go on with its body', {
    fix: 'close the stream at the end; what makes its chunks must be a timer, the body of the request, or code of the call itself',
  }).toWire()
}

export function badResponse(why: string): WireError {
  return new HitherError('handler-bad-response', 'the handler gave no answer that can be sent', {
    why,
    fix: 'return a Response, or a promise of one, on every path',
  }).toWire()
}

export function unreadableBody(): WireError {
  return badResponse('its body is neither text nor bytes')
}

export function tooManyHeaders(): WireError {
  return new HitherError('result-too-large', `the handler's answer has more than ${HEADERS_MAX} headers`, {
    fix: 'answer with fewer headers, and more in the body',
  }).toWire()
}

export function headersTooLarge(): WireError {
  return new HitherError(
    'result-too-large',
    `the handler's answer has more than ${HEADER_MAX_BYTES} bytes of headers`,
    {
      fix: 'answer with less in the headers, and more in the body',
    },
  ).toWire()
}

export function tooLarge(what: string, limitBytes: number): WireError {
  return new HitherError('result-too-large', `the handler's ${what} is over ${limitBytes} bytes`, {
    fix: 'answer with less, or raise `limits.bodyBytes` in the manifest',
  }).toWire()
}

export function badRequest(why: string): WireError {
  return new HitherError('bad-message', 'the request cannot be given to a handler', {
    why,
    fix: 'send what `new Request()` takes: an absolute URL, a method other than CONNECT, TRACE and TRACK, headers as HTTP has them',
  }).toWire()
}

export function cancelled(): WireError {
  return new HitherError('cancelled', 'the caller gave up').toWire()
}

export function overCpu(limitMs: number): WireError {
  return new HitherError('limit-cpu', `the call used more than ${limitMs} ms of processor time`, {
    fix: 'do less in one call, or raise `limits.cpuMs` in the manifest',
  }).toWire()
}

export function overMemory(limitMb: number): WireError {
  return new HitherError('limit-memory', `the function used more than ${limitMb} MiB of memory`, {
    fix: 'hold less at once, or raise `limits.memoryMb` in the manifest',
  }).toWire()
}

/** What happens to the innocent. */
export function collateral(why: string): WireError {
  return new HitherError('sandbox-crashed', 'the isolate ended under the call', { why }).toWire()
}

/** It is within its limit, but nobody can wait for it any longer. */
export function starved(): WireError {
  return new HitherError('sandbox-crashed', 'the machine gave the function almost no processor time', {
    fix: 'call again when it is less busy',
  }).toWire()
}

export function loadOverCpu(): HitherError {
  return new HitherError('limit-cpu', `loading the function took more than ${LOAD_CPU_MS} ms of processor time`, {
    fix: 'do the work in the handler, not while the module loads',
  })
}

export function titleOf({ name, message }: UserError): string {
  return [name, message].filter((part) => part !== '').join(': ')
}

function shorten(text: string, chars: number): string {
  return text.length > chars ? `${text.slice(0, chars)}…` : text
}
