import { sha256 } from 'multiformats/hashes/sha2'
import { decodeCid, equalBytes, type CID } from './cid.ts'
import { encodeMessage } from './codec.ts'
import { HitherError } from './errors.ts'
import type { RequestHead, ResponseHead } from './http.ts'
import type { PeerId } from './keys.ts'
import { Shape } from './shape.ts'

/**
 * What a runner states about one call: which function, which request, which result, who ran it and how long. On the
 * connection it came by it is authentic already; the caller checks the hashes always.
 */
export interface Receipt {
  /** The function's CID, in bytes. */
  function: Uint8Array
  request: Uint8Array
  result: Uint8Array
  runner: PeerId
  runMs: number
}

export interface ReceiptFacts {
  cid: CID
  runner: PeerId
  runMs: number
  request: RequestHead
  requestBody: Uint8Array
  response: ResponseHead
  responseBody: Uint8Array
}

export async function makeReceipt(facts: ReceiptFacts): Promise<Receipt> {
  const { status, headers } = facts.response
  return {
    function: facts.cid.bytes,
    request: await hashRequest(facts.request, facts.requestBody),
    result: await hash({ status, headers }, facts.responseBody),
    runner: facts.runner,
    runMs: facts.runMs,
  }
}

/** Throws `bad-answer` where a receipt is for another function, request, result or runner than these. */
export async function checkReceipt(receipt: Receipt, facts: ReceiptFacts): Promise<void> {
  const want = await makeReceipt({ ...facts, runMs: receipt.runMs })
  const wrong = (['function', 'request', 'result'] as const).find((part) => !equalBytes(receipt[part], want[part]))
  const mismatch = wrong ?? (receipt.runner === want.runner ? undefined : 'runner')
  if (mismatch !== undefined) {
    throw new HitherError('bad-answer', `the answer's receipt is for another ${mismatch}`, {
      why: 'the answer was altered on the way, or the runner is faulty or dishonest',
    })
  }
}

export function readReceipt(value: unknown): Receipt {
  const shape = new Shape(value, 'the receipt')
  return {
    function: decodeCid(shape.raw('function')).bytes,
    request: shape.bytes('request', 32),
    result: shape.bytes('result', 32),
    runner: shape.string('runner', 128),
    runMs: shape.number('runMs', 0, Number.MAX_SAFE_INTEGER),
  }
}

/** What a receipt names a request by, 32 bytes. */
export async function hashRequest({ method, url, headers }: RequestHead, body: Uint8Array): Promise<Uint8Array> {
  return hash({ method, url, headers }, body)
}

/** Hash of head and body: the head's own hash first, so that no byte can move from one to the other. */
async function hash(head: object, body: Uint8Array): Promise<Uint8Array> {
  const parts = await Promise.all([sha256.digest(encodeMessage(head)), sha256.digest(body)])
  const joined = new Uint8Array(64)
  joined.set(parts[0].digest)
  joined.set(parts[1].digest, 32)
  return (await sha256.digest(joined)).digest
}
