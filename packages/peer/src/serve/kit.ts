import {
  decodeCid,
  MANIFEST_MAX_BYTES,
  readManifest,
  type Blocks,
  type CID,
  type Kit,
  type Names,
  type PublisherId,
} from '@hither/core'
import { KIT_BUNDLE_MAX_BYTES } from '../limits/functions.ts'

/** What is here of a function that another peer is to run, and a publisher's word for it where that is asked for. */
export async function kitOf(
  { names, blocks }: { names: Pick<Names, 'vouches'>; blocks: Blocks },
  cid: CID,
  publisher: PublisherId | undefined,
): Promise<Kit> {
  const voucher = publisher === undefined ? undefined : names.vouches(cid, publisher)?.bytes
  const manifest = await short(blocks, cid, MANIFEST_MAX_BYTES)
  const code = manifest && bundleOf(manifest)
  const bundle = code && (await short(blocks, code, KIT_BUNDLE_MAX_BYTES))
  return {
    ...(voucher !== undefined && { voucher }),
    ...(manifest !== undefined && { manifest }),
    ...(bundle !== undefined && { bundle }),
  }
}

/** Anybody may ask, by a few bytes: what is too long to be given is not even read. */
async function short(blocks: Blocks, cid: CID, maxBytes: number): Promise<Uint8Array | undefined> {
  const bytes = await blocks.size(cid)
  return bytes === undefined || bytes > maxBytes ? undefined : blocks.get(cid)
}

function bundleOf(manifest: Uint8Array): CID | undefined {
  try {
    return decodeCid(readManifest(manifest).bundle.bytes)
  } catch {
    // It is another block, or what a publisher got wrong: whoever asked sees that too.
    return undefined
  }
}
