import {
  hashRequest,
  makeReceipt,
  UNREAD_DIGEST,
  type Proof,
  type Receipt,
  type ReceiptFacts,
  type RequestHead,
  type SealedReceipt,
} from '@hither/core'
import { digestOfKept, digestWhole, type DigestedBody } from '../digest.ts'
import type { Sealer } from './sealer.ts'

/** What a receipt names a request by, made once, when that was read as far as it will be. */
export interface HashedRequest {
  hash(): Uint8Array
}

/** Of a `whole` body the digest is made at once: whoever gave it may use its memory again, and it is not kept for that. */
export function hashedRequest(head: RequestHead, body: DigestedBody, whole: boolean): HashedRequest {
  return new Hashed(head, whole ? body.digest() : body)
}

class Hashed implements HashedRequest {
  private readonly head: RequestHead
  private readonly body: Uint8Array | DigestedBody | undefined
  private made: Uint8Array | undefined

  constructor(head: RequestHead, body: Uint8Array | DigestedBody | undefined) {
    this.head = head
    this.body = body
  }

  hash(): Uint8Array {
    const { body } = this
    const digest = body instanceof Uint8Array ? body : body?.digest()
    return (this.made ??= hashRequest(this.head, digest ?? UNREAD_DIGEST, digestWhole))
  }
}

interface Facts extends Omit<ReceiptFacts, 'requestHash' | 'responseDigest'> {
  request: HashedRequest
  /** As bytes, or as `keptForDigest` gives it. */
  responseDigest: Uint8Array | string
}

export function receiptOf({ request, responseDigest: said, ...facts }: Facts): Receipt {
  const responseDigest = typeof said === 'string' ? digestOfKept(said) : said
  return makeReceipt({ ...facts, responseDigest, requestHash: request.hash() }, digestWhole)
}

/**
 * Of a call that this peer runs for itself. It outlives the call by a second, for which the garbage collector has to move it, object by
 * object: so it is made of few, and none of them is a function.
 */
export function ownProof(facts: Facts, sealer: Sealer): Proof {
  return new OwnProof(facts, sealer)
}

class OwnProof implements Proof {
  private readonly facts: Facts
  private readonly sealer: Sealer
  private sealed: Promise<SealedReceipt> | undefined

  constructor(facts: Facts, sealer: Sealer) {
    this.facts = facts
    this.sealer = sealer
  }

  prove(): Promise<SealedReceipt> {
    return (this.sealed ??= this.seal())
  }

  private async seal(): Promise<SealedReceipt> {
    const receipt = receiptOf(this.facts)
    const { tree, at } = await this.sealer.seal(receipt)
    return { receipt, seal: tree.seal(at, digestWhole) }
  }
}
