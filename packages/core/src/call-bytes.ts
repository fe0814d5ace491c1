import { readError, type CallHeader, type CallTrailer, type RunMetrics } from './call.ts'
import { decodeCid } from './cid.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import { packRequest, packResponse, unpackRequest, unpackResponse } from './head-bytes.ts'
import type { ResponseHead } from './http.ts'
import { BODY_MAX_BYTES, CALL_MAX_MS, FRAME_MAX_BYTES, HOPS_MAX, IDEMPOTENCY_KEY_MAX_BYTES } from './limits.ts'
import { Packer, Unpacker } from './packed.ts'
import { packReceipt, unpackReceipt } from './receipt-bytes.ts'
import { requestFault } from './request.ts'

/** What is said of each call, by position. */

/** What a header has besides what all have. */
const HEADER = { publisher: 1, name: 2, idempotencyKey: 4, trace: 8 } as const
const HEADER_ALL: number = HEADER.publisher | HEADER.name | HEADER.idempotencyKey | HEADER.trace

/** What a trailer says, and what follows in it. */
const TRAILER = { cold: 1, replayed: 2, receipt: 4, error: 8, streamedBytes: 16 } as const
const TRAILER_ALL: number = TRAILER.cold | TRAILER.replayed | TRAILER.receipt | TRAILER.error | TRAILER.streamedBytes

const CID_MAX_BYTES = 64
const PUBLISHER_MAX_BYTES = 64
const NAME_MAX_BYTES = 63
const TRACE_MAX_BYTES = 256

/** Nothing is written while something else is. */
const to = new Packer()

export function encodeCallHeader(header: CallHeader): Uint8Array {
  const { cid, hop, remainingMs, publisher, name, idempotencyKey, trace } = header
  const has =
    (publisher === undefined ? 0 : HEADER.publisher) |
    (name === undefined ? 0 : HEADER.name) |
    (idempotencyKey === undefined ? 0 : HEADER.idempotencyKey) |
    (trace === undefined ? 0 : HEADER.trace)
  to.begin().byte(has).byte(hop).number(remainingMs).count(cid.bytes.length).raw(cid.bytes)
  if (publisher !== undefined) to.text(publisher)
  if (name !== undefined) to.text(name)
  if (idempotencyKey !== undefined) to.text(idempotencyKey)
  if (trace !== undefined) to.text(trace)
  packRequest(to, header)
  return to.packed()
}

/** Throws `bad-message`. */
export function decodeCallHeader(bytes: Uint8Array): CallHeader {
  const from = new Unpacker(bytes, 'the call')
  const has = known(from, HEADER_ALL)
  const hop = from.byte()
  if (hop > HOPS_MAX) throw from.refuse(`it was passed on ${hop} times, and may be ${HOPS_MAX} times`)
  const remainingMs = from.number(CALL_MAX_MS)
  const cid = decodeCid(from.raw(from.count(CID_MAX_BYTES)))
  const publisher = has & HEADER.publisher ? from.text(PUBLISHER_MAX_BYTES) : undefined
  const name = has & HEADER.name ? from.text(NAME_MAX_BYTES) : undefined
  const idempotencyKey = has & HEADER.idempotencyKey ? from.text(IDEMPOTENCY_KEY_MAX_BYTES) : undefined
  const trace = has & HEADER.trace ? from.text(TRACE_MAX_BYTES) : undefined
  const { method, url, headers } = unpackRequest(from)
  from.end()
  const header: CallHeader = { cid, method, url, headers, remainingMs, hop }
  if (publisher !== undefined) header.publisher = publisher
  if (name !== undefined) header.name = name
  if (idempotencyKey !== undefined) header.idempotencyKey = idempotencyKey
  if (trace !== undefined) header.trace = trace
  const fault = requestFault(header)
  if (fault !== undefined) throw from.refuse(fault)
  return header
}

export function encodeResponseHead(head: ResponseHead): Uint8Array {
  packResponse(to.begin(), head)
  return to.packed()
}

/** Throws `bad-message`. */
export function decodeResponseHead(bytes: Uint8Array): ResponseHead {
  const from = new Unpacker(bytes, 'the answer')
  const head = unpackResponse(from)
  from.end()
  return head
}

export function encodeTrailer({ error, metrics, receipt, replayed, streamedBytes }: CallTrailer): Uint8Array {
  const failure = error && encodeMessage(error)
  to.begin().byte(
    (metrics.cold ? TRAILER.cold : 0) |
      (replayed === true ? TRAILER.replayed : 0) |
      (receipt === undefined ? 0 : TRAILER.receipt) |
      (failure === undefined ? 0 : TRAILER.error) |
      (streamedBytes === undefined ? 0 : TRAILER.streamedBytes),
  )
  to.number(metrics.fetchMs).number(metrics.queueMs).number(metrics.startMs).number(metrics.runMs).number(metrics.cpuMs)
  if (receipt !== undefined) packReceipt(to, receipt)
  if (failure !== undefined) to.count(failure.length).raw(failure)
  if (streamedBytes !== undefined) to.count(streamedBytes)
  return to.packed()
}

/** Throws `bad-message`. */
export function decodeTrailer(bytes: Uint8Array): CallTrailer {
  const from = new Unpacker(bytes, 'the trailer')
  const has = known(from, TRAILER_ALL)
  const trailer: CallTrailer = { metrics: unpackMetrics(from, (has & TRAILER.cold) !== 0) }
  if (has & TRAILER.replayed) trailer.replayed = true
  if (has & TRAILER.receipt) trailer.receipt = unpackReceipt(from)
  if (has & TRAILER.error) trailer.error = readError(decodeMessage(from.raw(from.count(FRAME_MAX_BYTES))))
  if (has & TRAILER.streamedBytes) trailer.streamedBytes = from.count(BODY_MAX_BYTES)
  from.end()
  return trailer
}

function unpackMetrics(from: Unpacker, cold: boolean): RunMetrics {
  const ms = (): number => from.number(Number.MAX_SAFE_INTEGER)
  return { fetchMs: ms(), queueMs: ms(), startMs: ms(), runMs: ms(), cpuMs: ms(), cold }
}

/** The byte that says what follows. Throws `bad-message` for what nobody knows. */
function known(from: Unpacker, all: number): number {
  const has = from.byte()
  if ((has & ~all) !== 0) throw from.refuse('it says what nobody knows')
  return has
}
