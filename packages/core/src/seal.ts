import { HitherError } from './errors.ts'
import { keyOfPeer, SIGNATURE_BYTES, verifySignature } from './keys.ts'
import { Packer, Unpacker } from './packed.ts'
import { digestOf, DIGEST_BYTES, type Digest, type Receipt } from './receipt.ts'
import { packReceipt } from './receipt-bytes.ts'
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

/** Signs as the runner. */
export type Sign = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** Leaves under one signature: a path of 12 hashes is 0.5 KB, and nobody answers more calls before it signs. */
export const SEAL_LEAVES_MAX = 4096
const PATH_MAX: number = Math.log2(SEAL_LEAVES_MAX)

/** Signed together with the root, so that the signature can never stand for anything else. */
const DOMAIN = new TextEncoder().encode('hither/receipts/2\n')

/** Leaves and nodes are hashed differently, so that no node can be passed off as a receipt (RFC 6962). */
const LEAF = 0
const NODE = 1

/** Nothing is written while something else is. */
const to = new Packer()

/** Seals up to SEAL_LEAVES_MAX receipts with one signature, in their order. `sign` is the runner's. */
export async function sealReceipts(receipts: readonly Receipt[], sign: Sign, digest: Digest): Promise<SealedReceipt[]> {
  const levels = [receipts.map((receipt) => leafOf(receipt).made(digest))]
  for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) level = above(level, digest)
  const root = levels.at(-1)?.[0]
  if (root === undefined) return []
  const signature = await sign(toSign(root))
  return receipts.map((receipt, i) => ({ receipt, seal: { path: pathFrom(i, levels), signature } }))
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

/** As it follows an answer: the signature, which siblings stand on the left, one bit each, and the siblings. */
export function encodeSeal({ path, signature }: Seal): Uint8Array {
  let left = 0
  for (const [height, { side }] of path.entries()) if (side === 'left') left |= 1 << height
  to.begin().raw(signature).count(path.length).count(left)
  for (const { hash } of path) to.raw(hash)
  return to.packed()
}

/** Throws `bad-message`. */
export function decodeSeal(bytes: Uint8Array): Seal {
  // A copy, once for all of it: what came may be a view into much more.
  const from = new Unpacker(bytes.slice(), 'the seal')
  const signature = from.raw(SIGNATURE_BYTES)
  const height = from.count(PATH_MAX)
  const left = from.count(2 ** height - 1)
  const path: Sibling[] = []
  for (let at = 0; at < height; at++) {
    path.push({ side: (left >> at) & 1 ? 'left' : 'right', hash: from.raw(DIGEST_BYTES) })
  }
  from.end()
  return { path, signature }
}

/** Throws `bad-message`. */
export function readSeal(value: unknown): Seal {
  const shape = new Shape(value, 'the seal')
  const path = shape.raw('path')
  if (!Array.isArray(path) || path.length > PATH_MAX) throw shape.refuse(`"path" must be a list of at most ${PATH_MAX}`)
  const signature = shape.exactly('signature', SIGNATURE_BYTES)
  return { path: path.map(readSibling), signature }
}

const SIDES = ['left', 'right'] as const

function readSibling(value: unknown): Sibling {
  const shape = new Shape(value, 'the seal')
  return { hash: shape.exactly('hash', DIGEST_BYTES), side: shape.oneOf('side', SIDES) }
}

/** The next level of the tree. One that has no partner moves up as it is. */
function above(level: readonly Uint8Array[], digest: Digest): Uint8Array[] {
  const next: Uint8Array[] = []
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at]
    const right = level[at + 1]
    if (left !== undefined) next.push(right === undefined ? left : nodeOf(left, right).made(digest))
  }
  return next
}

/** The siblings of a leaf's way up. */
function pathFrom(leaf: number, levels: readonly Uint8Array[][]): Sibling[] {
  const path: Sibling[] = []
  for (const [height, level] of levels.entries()) {
    const at = leaf >> height
    const hash = level[at ^ 1]
    if (hash !== undefined) path.push({ hash, side: at % 2 === 0 ? 'right' : 'left' })
  }
  return path
}

function leafOf(receipt: Receipt): Packer {
  packReceipt(to.begin().byte(LEAF), receipt)
  return to
}

function nodeOf(left: Uint8Array, right: Uint8Array): Packer {
  return to.begin().byte(NODE).raw(left).raw(right)
}

function toSign(root: Uint8Array): Uint8Array {
  return to.begin().raw(DOMAIN).raw(root).packed()
}
