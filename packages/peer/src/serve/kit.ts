import { decodeCid, readManifest, type Blocks, type CID, type Kit, type Names, type PublisherId } from '@hither/core'
import { KIT_BUNDLE_MAX_BYTES } from '../limits.ts'

/** What is here of a function that another peer is to run, and a publisher's word for it where that is asked for. */
export async function kitOf(
  { names, blocks }: { names: Pick<Names, 'vouches'>; blocks: Blocks },
  cid: CID,
  publisher: PublisherId | undefined,
): Promise<Kit> {
  const voucher = publisher === undefined ? undefined : names.vouches(cid, publisher)?.bytes
  const manifest = await blocks.get(cid)
  const bundle = manifest === undefined ? undefined : await shortBundle(blocks, manifest)
  return {
    ...(voucher !== undefined && { voucher }),
    ...(manifest !== undefined && { manifest }),
    ...(bundle !== undefined && { bundle }),
  }
}

async function shortBundle(blocks: Blocks, manifest: Uint8Array): Promise<Uint8Array | undefined> {
  const cid = bundleOf(manifest)
  const bytes = cid && (await blocks.size(cid))
  return cid === undefined || bytes === undefined || bytes > KIT_BUNDLE_MAX_BYTES ? undefined : blocks.get(cid)
}

function bundleOf(manifest: Uint8Array): CID | undefined {
  try {
    return decodeCid(readManifest(manifest).bundle.bytes)
  } catch {
    // It is another block, or what a publisher got wrong: whoever asked sees that too.
    return undefined
  }
}
