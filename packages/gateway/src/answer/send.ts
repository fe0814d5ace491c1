import type { ServerResponse } from 'node:http'
import { giveBack, HitherError, isWhole, leave, mayFail, type ByteStream, type Headers } from '@hither/core'
import type { GatewayAnswer } from '../api.ts'
import { SEND_MS } from '../limits.ts'
import { http } from '../server/node-http.ts'
import { answerHeaders, givenLength, type Circumstances } from './headers.ts'
import { inTurn } from './in-turn.ts'

/** Answers that end with their head, whatever their function put behind it (RFC 9110, 6.4.1). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

const NOTHING = new Uint8Array(0)

/** Longer bodies are not copied to be written together with their head. */
const ONE_PIECE_MAX_BYTES: number = 16 * 1024

/**
 * Sends a function's answer, its head at once, and a whole body together with it. Of a body that streams it resolves when all was handed
 * over, or the client is gone, and rejects with what broke it: only the end of the connection can say so then. Throws `bad-answer`.
 */
export function sendAnswer(
  res: ServerResponse,
  answer: GatewayAnswer,
  circumstances: Circumstances,
): Promise<void> | undefined {
  const { status, body } = answer
  const headers = answerHeaders(answer, circumstances)
  const whole = isWhole(body)
  const bodiless = BODILESS.has(status) || res.req.method === 'HEAD'
  const length = whole && (body.length > 0 || !bodiless) ? body.length : givenLength(answer.headers)
  if (length !== undefined && !BODILESS.has(status)) headers.push('content-length', String(length))
  try {
    writeHead(res, status, headers)
  } catch (error) {
    if (!whole) forgo(body)
    throw error
  }
  if (!whole && !bodiless) return stream(res, body, patience(answer.ended), length)
  end(res, whole && !bodiless ? body : undefined)
  if (!whole) forgo(body)
  return undefined
}

/** Nobody wants it, nor to know how that went. */
function forgo(body: ByteStream): void {
  void mayFail(leave(body))
}

/** A function may give any header that the isolate lets pass. */
function writeHead(res: ServerResponse, status: number, headers: string[]): void {
  try {
    // Node decides that there is no body before it looks at the headers, and for good: the error would go out without its own.
    if (BODILESS.has(status)) check(headers)
    res.writeHead(status, headers)
  } catch (cause) {
    throw new HitherError('bad-answer', 'the answer has a header that cannot be sent', { cause })
  }
}

function check(headers: readonly string[]): void {
  for (const [at, text] of headers.entries()) {
    if (at % 2 === 0) http.validateHeaderName(text)
    else http.validateHeaderValue(headers[at - 1] ?? '', text)
  }
}

/** Sends what is no function's, and here as a whole. */
export function sendWhole(res: ServerResponse, status: number, headers: Headers, body: Uint8Array): void {
  res.writeHead(status, [...headers.flat(), 'content-length', String(body.length)])
  end(res, body)
}

async function stream(
  res: ServerResponse,
  body: ByteStream,
  client: Patience,
  length: number = Infinity,
): Promise<void> {
  // Nobody knows when the first piece comes; that there is an answer is news by itself.
  res.flushHeaders()
  let sent = 0
  for await (const piece of body) {
    sent += piece.length
    if (sent > length) throw wrongLength(length)
    if (!res.write(piece, (error) => error || giveBack(piece))) await drained(res, client)
    if (res.destroyed) return
  }
  if (length !== Infinity && sent < length) throw wrongLength(length)
  end(res)
}

function wrongLength(length: number): HitherError {
  return new HitherError('bad-answer', `the answer does not have the ${length} bytes that it gave as its length`)
}

/** Whether a client that does not read is waited for. */
interface Patience {
  ended: boolean
  /** Who waits for the client is told that the call has ended. */
  onEnd: (() => void) | undefined
}

/** A client may take its time as long as its call lasts. A call that breaks while nobody reads its answer is heard of nowhere else. */
function patience(ended: GatewayAnswer['ended']): Patience {
  const client: Patience = { ended: false, onEnd: undefined }
  const onEnd = (): void => {
    client.ended = true
    client.onEnd?.()
  }
  ended?.then(onEnd, onEnd)
  return client
}

/** Resolves when the client has taken what was written, or is gone: where its call has ended, at the latest after `SEND_MS`. */
function drained(res: ServerResponse, client: Patience): Promise<void> {
  return new Promise((resolve) => {
    let late: NodeJS.Timeout | undefined
    const settle = (): void => {
      clearTimeout(late)
      client.onEnd = undefined
      res.off('drain', settle).off('close', settle)
      resolve()
    }
    if (res.destroyed) return resolve()
    res.on('drain', settle).on('close', settle)
    const hurry = (): void => {
      if (client.onEnd !== undefined) late ??= setTimeout(() => res.destroy(), SEND_MS)
    }
    client.onEnd = () => inTurn(res, hurry)
    if (client.ended) client.onEnd()
  })
}

/** What is left to send is not kept for ever for a client that does not take it. */
function end(res: ServerResponse, body: Uint8Array = NOTHING): void {
  // As a text it becomes one piece with the head, which Node writes faster than two.
  if (body.length > ONE_PIECE_MAX_BYTES) res.end(body)
  else res.end(latin1(body), 'latin1')
  if (res.destroyed || res.socket?.writableLength === 0) return
  inTurn(res, () => {
    const late = setTimeout(() => res.destroy(), SEND_MS)
    res.once('close', () => clearTimeout(late))
  })
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
