import { SIGNATURE_BYTES } from './keys.ts'
import { Packer, Unpacker } from './packed.ts'
import { DIGEST_BYTES, type Digest } from './receipt.ts'
import { SEAL_LEAVES_MAX, SEAL_PATH_MAX, type Sibling } from './seal.ts'
import { SealTree } from './seal-tree.ts'

const CALL_MAX = 2 ** 32 - 1

/** Nothing is written while something else is. */
const to = new Packer()

/** A call, and where its receipt stands in a tree. */
export interface SealedCall {
  call: number
  at: number
}

/** What one signature is for. */
export interface SealedCalls {
  tree: SealTree
  calls: readonly SealedCall[]
}

/**
 * How answers are signed on the wire: the signature, what stands above these leaves (which siblings are on the left, one bit each, and the
 * siblings), the leaves, and the calls, each with its number and its place. At most SEAL_LEAVES_MAX of both.
 */
export function encodeSeals({ tree: { leaves, above, signature }, calls }: SealedCalls): Uint8Array {
  let left = 0
  for (const [height, { side }] of above.entries()) if (side === 'left') left |= 1 << height
  to.begin().raw(signature).count(above.length).count(left)
  for (const { hash } of above) to.raw(hash)
  to.count(leaves.length)
  for (const leaf of leaves) to.raw(leaf)
  to.count(calls.length)
  for (const { call, at } of calls) to.count(call).count(at)
  return to.packed()
}

/** Whether the hashes are those of the receipts is seen when somebody asks for a seal. Throws `bad-message`. */
export function decodeSeals(bytes: Uint8Array): SealedCalls {
  // A copy, once for all of it: what came may be a view into much more.
  const from = new Unpacker(bytes.slice(), 'the signature of receipts')
  const signature = from.raw(SIGNATURE_BYTES)
  const height = from.count(SEAL_PATH_MAX)
  const left = from.count(2 ** height - 1)
  const above: Sibling[] = []
  for (let at = 0; at < height; at++) {
    above.push({ hash: from.raw(DIGEST_BYTES), side: (left >> at) & 1 ? 'left' : 'right' })
  }
  const leaves: Uint8Array[] = []
  for (let rest = from.count(SEAL_LEAVES_MAX); rest > 0; rest--) leaves.push(from.raw(DIGEST_BYTES))
  const tree = new SealTree(leaves, above, signature)
  if (leaves.length === 0 || tree.height > SEAL_PATH_MAX) throw from.refuse('its tree has no leaf, or is too high')
  const calls: SealedCall[] = []
  for (let rest = from.count(SEAL_LEAVES_MAX); rest > 0; rest--) {
    calls.push({ call: from.count(CALL_MAX), at: from.count(leaves.length - 1) })
  }
  from.end()
  return { tree, calls }
}

/** The same in as little memory as these calls need: whoever shares a signature with many strangers has no use for their leaves. */
export function forThese(tree: SealTree, calls: readonly SealedCall[], digest: Digest): SealedCalls[] {
  if (calls.length > 0 && calls.length <= SEAL_LEAVES_MAX && tree.isShorter(calls.length)) return [{ tree, calls }]
  return calls.map(({ call, at }) => ({ tree: tree.only(at, digest), calls: [{ call, at: 0 }] }))
}
