import { BLOCK_MAX_BYTES, HitherError, verifyBlock, type CID } from '@hither/core'

/** What every block must pass before it is kept. Throws `too-large`, `bad-block`. */
export async function checkIncoming(cid: CID, bytes: Uint8Array): Promise<void> {
  if (bytes.length > BLOCK_MAX_BYTES) {
    throw new HitherError('too-large', `a block of ${bytes.length} bytes cannot be kept`, {
      why: `the limit is ${BLOCK_MAX_BYTES}`,
    })
  }
  await verifyBlock(cid, bytes)
}
