import type { CID } from '../cid.ts'
import type { Options } from './options.ts'

export interface BlocksUsage {
  bytes: number
  capBytes: number
  count: number
}

/** Blocks of bytes by CID, verified when they come in and when they are read. */
export interface Blocks {
  /** Undefined when it is not here. A block that no longer hashes to its CID is set aside and counts as not here. */
  get(cid: CID, options?: Options): Promise<Uint8Array | undefined>
  has(cid: CID): Promise<boolean>
  /** How many bytes it has, without reading them; undefined when it is not here. That it is whole shows when it is read. */
  size(cid: CID): Promise<number | undefined>
  /**
   * Keeps a block; once it resolves the block survives a power cut. A pinned one is never evicted.
   * Throws `bad-block`, `too-large`, or `store-full` where pinned blocks leave no room.
   */
  put(cid: CID, bytes: Uint8Array, options?: { pin?: boolean } & Options): Promise<void>
  /** Lets a pinned block be evicted again, when the room is needed. Nothing happens where it is not pinned, or not here. */
  unpin(cid: CID): Promise<void>
  /** The CIDs of those that are pinned, or were when they were damaged, as texts: a few are looked at of maybe thousands. */
  pinned(): string[]
  usage(): BlocksUsage
  /** Holds at most so many bytes from now on; what was used longest ago goes at once. What is pinned stays, whatever it takes. */
  limit(capBytes: number): Promise<void>
}
