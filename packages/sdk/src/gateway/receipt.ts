import { checkSeal, decodeMessage, HitherError, readReceipt, readSeal, Shape } from '@hither/core'
import type { KeptReceipt } from '@hither/peer'

/** How gateways give receipts: the CBOR of a KeptReceipt. */
export const RECEIPT_TYPE = 'application/cbor'

/** A receipt as gateways give it, its signature checked. Throws `bad-message`, `bad-answer`, `unsupported`. */
export async function readKept(response: Response): Promise<KeptReceipt> {
  if (response.headers.get('content-type') !== RECEIPT_TYPE) throw noReceipts(response)
  const shape = new Shape(decodeMessage(await response.bytes()), 'the kept receipt')
  const sealed = { receipt: readReceipt(shape.raw('receipt')), seal: readSeal(shape.raw('seal')) }
  await checkSeal(sealed)
  return {
    ...sealed,
    call: shape.string('call'),
    cid: shape.string('cid'),
    time: shape.number('time', 0, Number.MAX_SAFE_INTEGER),
    ...(shape.has('name') && { name: shape.string('name') }),
  }
}

export function noReceipts({ status }: Response): HitherError {
  return new HitherError('unsupported', 'this gateway gives no receipts', {
    why: `it answered with the status ${status}`,
    fix: 'see them on its machine with: fn receipt CALL',
  })
}
