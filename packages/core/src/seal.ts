import { HitherError } from './errors.ts'
import { keyOfPeer, SIGNATURE_BYTES, verifySignature } from './keys.ts'
import { Packer } from './packed.ts'
import { digestOf, DIGEST_BYTES, type Digest, type Receipt } from './receipt.ts'
import { packReceipt } from './receipt-bytes.ts'
import { nodeOf, rootOf, SealTree } from './seal-tree.ts'
import { Shape } from './shape.ts'

/**
 * A signature that many receipts share. They are the leaves of a Merkle tree whose root the runner signs with its peer key, so
 * that signing costs next to nothing per call; each receipt carries its way up to the root.
 */
export interface Seal {
  /** The siblings on the way, from the leaf up, with the side on which each stands. */
  path: Sibling[]
  /** Of the runner, over the root. */
  signature: Uint8Array
}

export interface Sibling {
  side: 'left' | 'right'
  hash: Uint8Array
}

/** A receipt that can be kept and shown to others. */
export interface SealedReceipt {
  receipt: Receipt
  seal: Seal
}

/** What a sealed receipt is made of, once somebody wants to see it. */
export interface Proof {
  /** Rejects where its runner did not sign it. */
  prove(): Promise<SealedReceipt>
}

/** Signs as the runner. */
export type Sign = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** Leaves under one signature: with their numbers they fit one frame, and nobody answers more calls before it signs. */
export const SEAL_LEAVES_MAX = 1024
/** Of the longest way up: as it was when a signature had four times as many leaves, and such receipts are kept. */
export const SEAL_PATH_MAX = 12

/** Signed together with the root, so that the signature can never stand for anything else. */
const DOMAIN = new TextEncoder().encode('hither/receipts/2\n')

/** Leaves and nodes are hashed differently, so that no node can be passed off as a receipt (RFC 6962). */
const LEAF = 0

/** Nothing is written while something else is. */
const to = new Packer()

/** Signs up to SEAL_LEAVES_MAX receipts at once; they stand in the tree in their order. `sign` is the runner's. */
export async function sealReceipts(receipts: readonly Receipt[], sign: Sign, digest: Digest): Promise<SealTree> {
  const leaves = receipts.map((receipt) => leafOf(receipt).made(digest))
  const signature = await sign(toSign(rootOf(leaves, digest)))
  return new SealTree(leaves, [], signature)
}

/** Throws `bad-answer` where the signature is not the runner's over a tree that holds this very receipt. */
export async function checkSeal({ receipt, seal }: SealedReceipt): Promise<void> {
  let hash = await digestOf(leafOf(receipt).packed())
  for (const { side, hash: sibling } of seal.path) {
    hash = await digestOf((side === 'left' ? nodeOf(sibling, hash) : nodeOf(hash, sibling)).packed())
  }
  const key = keyOfPeer(receipt.runner)
  if (key !== undefined && (await verifySignature(key, toSign(hash), seal.signature))) return
  throw new HitherError('bad-answer', "the receipt's signature does not hold", {
    why:
      key === undefined
        ? `${receipt.runner} is no peer with an Ed25519 key`
        : 'it was altered, or its runner never signed it',
  })
}

/** Throws `bad-message`. */
export function readSeal(value: unknown): Seal {
  const shape = new Shape(value, 'the seal')
  const path = shape.raw('path')
  if (!Array.isArray(path) || path.length > SEAL_PATH_MAX)
    throw shape.refuse(`"path" must be a list of at most ${SEAL_PATH_MAX}`)
  const signature = shape.exactly('signature', SIGNATURE_BYTES)
  return { path: path.map(readSibling), signature }
}

const SIDES = ['left', 'right'] as const

function readSibling(value: unknown): Sibling {
  const shape = new Shape(value, 'the seal')
  return { hash: shape.exactly('hash', DIGEST_BYTES), side: shape.oneOf('side', SIDES) }
}

function leafOf(receipt: Receipt): Packer {
  packReceipt(to.begin().byte(LEAF), receipt)
  return to
}

function toSign(root: Uint8Array): Uint8Array {
  return to.begin().raw(DOMAIN).raw(root).packed()
}
