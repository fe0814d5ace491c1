import {
  CID,
  decodeMessage,
  HitherError,
  parseCid,
  readReceipt,
  readSeal,
  Shape,
  type SealedReceipt,
} from '@hither/core'

/** A function as its CID's text, all other bytes as `Output` prints them: in base64url. */
export function receiptJson({ receipt, seal }: SealedReceipt): { receipt: object; seal: object } {
  return { receipt: { ...receipt, function: functionOf(receipt) }, seal }
}

export function functionOf(receipt: SealedReceipt['receipt']): string {
  return CID.decode(receipt.function).toString()
}

/** What `fn receipt CALL --json` printed, or in CBOR what a gateway gives. Throws `bad-answer`; the signature is not checked yet. */
export function readShown(bytes: Uint8Array, where: string): SealedReceipt {
  try {
    const shape = new Shape(isCborMap(bytes) ? decodeMessage(bytes) : fromJson(bytes), where)
    return { receipt: readReceipt(shape.raw('receipt')), seal: readSeal(shape.raw('seal')) }
  } catch (cause) {
    throw new HitherError('bad-answer', `${where} holds no receipt`, {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'give the whole of what `fn receipt CALL --json` printed, or of what a gateway gives at /-/receipt/CALL',
      cause,
    })
  }
}

/** The upper three bits of a CBOR item are its type; no text begins so. */
function isCborMap([first = 0]: Uint8Array): boolean {
  return first >> 5 === 5
}

function fromJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes), (field, value: unknown) => {
    if (typeof value !== 'string') return value
    if (field === 'function') return parseCid(value).bytes
    return BYTE_FIELDS.has(field) ? new Uint8Array(Buffer.from(value, 'base64url')) : value
  })
}

const BYTE_FIELDS = new Set(['request', 'result', 'hash', 'signature'])
