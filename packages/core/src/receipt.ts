import { sha256 } from 'multiformats/hashes/sha2'
import { decodeCid, equalBytes, type CID } from './cid.ts'
import { HitherError } from './errors.ts'
import { packRequest, packResponse } from './head-bytes.ts'
import type { RequestHead, ResponseHead } from './http.ts'
import type { PeerId } from './keys.ts'
import { Packer } from './packed.ts'
import { Shape } from './shape.ts'

/** SHA-256, in bytes. */
export const DIGEST_BYTES = 32

/** SHA-256 at once, the web's own takes a turn of the event loop for each. It may not keep what it is given. */
export type Digest = (bytes: Uint8Array) => Uint8Array

/** What stands for the digest of a streamed request that its runner did not read to the end. No body has it. */
export const UNREAD_DIGEST: Uint8Array = new Uint8Array(DIGEST_BYTES)

/**
 * What a runner states about one call: which function, which request, which result, who ran it and how long. On the
 * connection it came by it is authentic already; the caller checks the hashes always. Sealed (`seal.ts`) it can be kept
 * and shown to others.
 */
export interface Receipt {
  /** The function's CID, in bytes. */
  function: Uint8Array
  request: Uint8Array
  result: Uint8Array
  runner: PeerId
  runMs: number
  /** Processor time, in ms. */
  cpuMs: number
}

/** What a receipt is about. Bodies by their SHA-256 digests, since whoever streams one has nothing else of it at the end. */
export interface ReceiptFacts {
  cid: CID
  runner: PeerId
  runMs: number
  cpuMs: number
  /** As `hashRequest` makes it. */
  requestHash: Uint8Array
  response: ResponseHead
  responseDigest: Uint8Array
}

export function makeReceipt(facts: ReceiptFacts, digest: Digest): Receipt {
  // In canonical order, in which it is written soonest.
  return {
    cpuMs: facts.cpuMs,
    runMs: facts.runMs,
    result: hashResult(facts.response, facts.responseDigest, digest),
    runner: facts.runner,
    request: facts.requestHash,
    function: facts.cid.bytes,
  }
}

/** Throws `bad-answer` where a receipt is for another function, request, result or runner than these. */
export function checkReceipt(receipt: Receipt, want: Omit<Receipt, 'runMs' | 'cpuMs'>): void {
  const wrong = HASHED.find((part) => !equalBytes(receipt[part], want[part]))
  const mismatch = wrong ?? (receipt.runner === want.runner ? undefined : 'runner')
  if (mismatch !== undefined) {
    throw new HitherError('bad-answer', `the answer's receipt is for another ${mismatch}`, {
      why: 'the answer was altered on the way, or the runner is faulty or dishonest',
    })
  }
}

const HASHED = ['function', 'request', 'result'] as const

export function readReceipt(value: unknown): Receipt {
  const shape = new Shape(value, 'the receipt')
  const ms = (field: string): number => shape.number(field, 0, Number.MAX_SAFE_INTEGER)
  return {
    cpuMs: ms('cpuMs'),
    runMs: ms('runMs'),
    result: shape.exactly('result', DIGEST_BYTES),
    runner: shape.string('runner', 128),
    request: shape.exactly('request', DIGEST_BYTES),
    function: decodeCid(shape.raw('function')).bytes,
  }
}

/** W3C trace context: its names, lower case. */
const OF_ONE_TRY: ReadonlySet<string> = new Set(['traceparent', 'tracestate'])
const OF_ONE_TRY_LENGTHS: ReadonlySet<number> = new Set([...OF_ONE_TRY].map((name) => name.length))

/** A client says another trace context each time it tries: what is asked stays the same, and so must what an answer is an answer to. */
function isOfOneTry([name]: readonly [string, string]): boolean {
  return OF_ONE_TRY_LENGTHS.has(name.length) && OF_ONE_TRY.has(name.toLowerCase())
}

function ofAllTries(head: RequestHead): RequestHead {
  return head.headers.some(isOfOneTry)
    ? { ...head, headers: head.headers.filter((header) => !isOfOneTry(header)) }
    : head
}

/**
 * What a receipt names a request by, whichever try of it: the hash of the body's digest, which has its length, and behind it the head as it travels, so that no
 * byte can move from one to the other.
 */
export function hashRequest(head: RequestHead, bodyDigest: Uint8Array, digest: Digest): Uint8Array {
  packRequest(to.begin().raw(bodyDigest), ofAllTries(head))
  return to.made(digest)
}

/** What a receipt names a result by, made in the same way. */
export function hashResult(head: ResponseHead, bodyDigest: Uint8Array, digest: Digest): Uint8Array {
  packResponse(to.begin().raw(bodyDigest), head)
  return to.made(digest)
}

/** The digest of a body that is here as a whole. */
export async function digestOf(body: Uint8Array): Promise<Uint8Array> {
  return sha256.encode(body)
}

/** Nothing is written while something else is. */
const to = new Packer()
