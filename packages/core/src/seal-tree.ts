import { Packer } from './packed.ts'
import type { Digest } from './receipt.ts'
import type { Seal, Sibling } from './seal.ts'

/**
 * Receipts under one signature, by their hashes, in their order. The way up of one of them is made when somebody asks for its seal: of most
 * nobody ever does.
 */
export class SealTree {
  readonly leaves: readonly Uint8Array[]
  /** From the root of these leaves up to the one that is signed, where that stands for more. */
  readonly above: readonly Sibling[]
  readonly signature: Uint8Array
  private levels: Levels | undefined

  constructor(leaves: readonly Uint8Array[], above: readonly Sibling[], signature: Uint8Array) {
    this.leaves = leaves
    this.above = above
    this.signature = signature
  }

  /** Of the receipt in this place. */
  seal(at: number, digest: Digest): Seal {
    this.levels ??= levelsOf(this.leaves, digest)
    return { path: [...pathFrom(at, this.levels), ...this.above], signature: this.signature }
  }

  /** How far up it is from a leaf. */
  get height(): number {
    return Math.ceil(Math.log2(this.leaves.length)) + this.above.length
  }

  /** Whether all leaves take fewer hashes than as many ways up, each with its leaf, and with a signature, which is as long as two. */
  isShorter(ways: number): boolean {
    return 2 + this.above.length + this.leaves.length <= ways * (3 + this.height)
  }

  /** With the receipt in this place alone. */
  only(at: number, digest: Digest): SealTree {
    const { path, signature } = this.seal(at, digest)
    // Copies: what came may be views into all of it.
    const leaf = this.leaves.slice(at, at + 1).map((hash) => hash.slice())
    const above = path.map(({ hash, side }) => ({ hash: hash.slice(), side }))
    return new SealTree(leaf, above, signature.slice())
  }
}

/** The place of a receipt among those that it shares a signature with. */
export interface SealPlace {
  tree: SealTree
  at: number
}

/** From the leaves to the root. */
type Levels = readonly (readonly Uint8Array[])[]

/** Told from a leaf, so that none can be passed off as the other (RFC 6962). */
const NODE = 1

/** Nothing is written while something else is. */
const to = new Packer()

/** As it is hashed. */
export function nodeOf(left: Uint8Array, right: Uint8Array): Packer {
  return to.begin().byte(NODE).raw(left).raw(right)
}

/** Of one leaf at least. */
export function rootOf(leaves: readonly Uint8Array[], digest: Digest): Uint8Array {
  const [root] = levelsOf(leaves, digest).at(-1) ?? []
  if (root === undefined) throw new RangeError('a tree has one leaf at least')
  return root
}

function levelsOf(leaves: readonly Uint8Array[], digest: Digest): Levels {
  const levels = [leaves]
  for (let level = leaves; level.length > 1; levels.push(level)) level = nextLevel(level, digest)
  return levels
}

/** One that has no partner moves up as it is. */
function nextLevel(level: readonly Uint8Array[], digest: Digest): readonly Uint8Array[] {
  const next: Uint8Array[] = []
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at]
    const right = level[at + 1]
    if (left !== undefined) next.push(right === undefined ? left : nodeOf(left, right).made(digest))
  }
  return next
}

/** The siblings of a leaf's way up. */
function pathFrom(leaf: number, levels: Levels): Sibling[] {
  const path: Sibling[] = []
  for (const [height, level] of levels.entries()) {
    const at = leaf >> height
    const hash = level[at ^ 1]
    if (hash !== undefined) path.push({ hash, side: at % 2 === 0 ? 'right' : 'left' })
  }
  return path
}
