import { decodeMessage, encodeDag, encodeMessage } from './codec.ts'
import { HitherError } from './errors.ts'
import { concat } from './frames.ts'
import { keyOfPeer, SIGNATURE_BYTES, verifySignature } from './keys.ts'
import { digestOf, DIGEST_BYTES, type Digest, type Receipt } from './receipt.ts'
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
const DOMAIN = new TextEncoder().encode('hither/receipts/1\n')

/** Leaves and nodes are hashed differently, so that no node can be passed off as a receipt (RFC 6962). */
const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Seals up to SEAL_LEAVES_MAX receipts with one signature, in their order. `sign` is the runner's. */
export async function sealReceipts(
  receipts: readonly Receipt[],
  sign: Sign,
  digest: Digest = digestOf,
): Promise<SealedReceipt[]> {
  const leaves: Uint8Array[] = []
  for (const receipt of receipts) {
    const leaf = leafOf(receipt, digest)
    // To wait for what is here already is most of what it takes.
    leaves.push(leaf instanceof Uint8Array ? leaf : await leaf)
  }
  const levels = [leaves]
  for (let level = leaves; level.length > 1; levels.push(level)) level = await above(level, digest)
  const root = levels.at(-1)?.[0]
  if (root === undefined) return []
  const signature = await sign(toSign(root))
  return receipts.map((receipt, i) => ({ receipt, seal: { path: pathFrom(i, levels), signature } }))
}

/** Throws `bad-answer` where the signature is not the runner's over a tree that holds this very receipt. */
export async function checkSeal({ receipt, seal }: SealedReceipt): Promise<void> {
  let hash = await leafOf(receipt, digestOf)
  for (const { side, hash: sibling } of seal.path) {
    hash = side === 'left' ? await nodeOf(sibling, hash, digestOf) : await nodeOf(hash, sibling, digestOf)
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

/** As it follows an answer. */
export function encodeSeal(seal: Seal): Uint8Array {
  return encodeMessage(seal)
}

/** Throws `bad-message`. */
export function decodeSeal(bytes: Uint8Array): Seal {
  return readSeal(decodeMessage(bytes))
}

/** Throws `bad-message`. */
export function readSeal(value: unknown): Seal {
  const shape = new Shape(value, 'the seal')
  const path = shape.raw('path')
  if (!Array.isArray(path) || path.length > PATH_MAX) throw shape.refuse(`"path" must be a list of at most ${PATH_MAX}`)
  const signature = shape.bytes('signature', SIGNATURE_BYTES)
  return { path: path.map(readSibling), signature }
}

const SIDES = ['left', 'right'] as const

function readSibling(value: unknown): Sibling {
  const shape = new Shape(value, 'the seal')
  const hash = shape.bytes('hash', DIGEST_BYTES)
  if (hash.length !== DIGEST_BYTES) throw shape.refuse('a hash of it is too short')
  return { hash, side: shape.oneOf('side', SIDES) }
}

/** The next level of the tree. One that has no partner moves up as it is. */
async function above(level: readonly Uint8Array[], digest: Digest): Promise<Uint8Array[]> {
  const next: Uint8Array[] = []
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = level.slice(at, at + 2)
    if (left === undefined) break
    if (right === undefined) next.push(left)
    else {
      const node = nodeOf(left, right, digest)
      next.push(node instanceof Uint8Array ? node : await node)
    }
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

function leafOf(receipt: Receipt, digest: Digest): ReturnType<Digest> {
  return digest(joined(LEAF, encodeDag({ v: 1, ...receipt })))
}

function nodeOf(left: Uint8Array, right: Uint8Array, digest: Digest): ReturnType<Digest> {
  return digest(joined(NODE, left, right))
}

function toSign(root: Uint8Array): Uint8Array {
  return joined(DOMAIN, root)
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return concat(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
}
