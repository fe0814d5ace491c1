import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Headers, HitherError } from '@hither/core'
import { RETRY_AFTER_MAX_S, RETRY_AFTER_MIN_S } from '../limits.ts'
import { sendWhole } from './send.ts'

/** Answers with an error: its status, its code in `hither-error`, and its three parts as JSON, or as text for people. */
export function refuse(req: IncomingMessage, res: ServerResponse, error: HitherError): void {
  const { status, headers, text } = errorAnswer(error, req.headers.accept)
  sendWhole(res, status, headers, new TextEncoder().encode(text))
}

export function errorAnswer(
  error: HitherError,
  accept: string = '',
): { status: number; headers: Headers; text: string } {
  const { status, code } = error
  const forPeople = prefersHtml(accept)
  const headers: Headers = [
    ['content-type', forPeople ? 'text/plain; charset=utf-8' : 'application/json'],
    ['cache-control', 'no-store'],
    ['x-content-type-options', 'nosniff'],
    ['hither-error', code],
  ]
  if (status === 503) headers.push(['retry-after', String(retryAfterS(error))])
  return { status, headers, text: forPeople ? asText(error) : asJson(error) }
}

/** Browsers, when somebody types an address or follows a link. */
function prefersHtml(accept: string): boolean {
  const html = accept.indexOf('text/html')
  const json = accept.indexOf('application/json')
  return html >= 0 && (json < 0 || html < json)
}

/** The error's data stays here: a handler's stack is for its author's terminal. */
function asJson({ code, message, why, fix }: HitherError): string {
  return `${JSON.stringify({ error: { code, message, why, fix } })}\n`
}

function asText({ status, code, message, why, fix }: HitherError): string {
  const lines = [`${status} ${code}: ${message}`]
  if (why !== undefined) lines.push('', why)
  if (fix !== undefined) lines.push('', fix)
  return `${lines.join('\n')}\n`
}

function retryAfterS({ data }: HitherError): number {
  const ms = data?.['retryAfterMs']
  const s = typeof ms === 'number' && Number.isFinite(ms) ? Math.ceil(ms / 1000) : RETRY_AFTER_MIN_S
  return Math.min(Math.max(s, RETRY_AFTER_MIN_S), RETRY_AFTER_MAX_S)
}
