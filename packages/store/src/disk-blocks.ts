import { verifyBlock, type Blocks, type BlocksUsage, type CID, type Options } from '@hither/core'
import { resolve } from 'node:path'
import { BlockFiles, type Tree } from './block-files.ts'
import { BlockIndex } from './block-index.ts'
import { textOf } from './key.ts'
import { refuseAborted } from './signal.ts'
import { checkIncoming } from './incoming.ts'
import { Quarantine } from './quarantine.ts'
import { Queue } from './queue.ts'

export interface DiskBlocksInit {
  /** Where the blocks are; made if need be. Several processes may use it. */
  dir: string
  /** How many bytes of blocks to hold. What other processes store meanwhile counts from the next start on. */
  capBytes: number
  /** Ms since 1970, kept as the files' times of last use. @default Date.now */
  now?: () => number
}

/** Opens the blocks in a folder, reading none of them. Throws `bad-config` where the folder cannot be used. */
export async function diskBlocks(init: DiskBlocksInit): Promise<Blocks> {
  const blocks = new DiskBlocks(init)
  await blocks.open()
  return blocks
}

/** A pinned block that was damaged is in quarantine under its CID and this: it is pinned again when it comes again. */
const WAS_PINNED = '.pinned'

/** Where a block may be, in the order of looking: one that is pinned or unpinned meanwhile cannot slip past. */
const PLACES: readonly Tree[] = ['cached', 'pinned', 'cached']

interface Found {
  tree: Tree
  /** Not verified yet. */
  bytes: Uint8Array
}

class DiskBlocks implements Blocks {
  private readonly files: BlockFiles
  private readonly index: BlockIndex
  private readonly quarantine: Quarantine
  private readonly owedPins = new Set<string>()
  /** One write after another, so that the room made for a block is still there when it is written. */
  private readonly writes = new Queue()

  constructor({ dir, capBytes, now = Date.now }: DiskBlocksInit) {
    this.files = new BlockFiles(resolve(dir), now)
    this.index = new BlockIndex(capBytes)
    this.quarantine = new Quarantine(resolve(dir, 'quarantine'))
  }

  async open(): Promise<void> {
    await this.quarantine.open()
    for (const { key, tree, bytes } of await this.files.scan()) this.index.add(key, bytes, tree === 'pinned')
    for (const name of await this.quarantine.names()) {
      if (name.endsWith(WAS_PINNED)) this.owedPins.add(name.slice(0, -WAS_PINNED.length))
    }
  }

  async get(cid: CID, { signal }: Options = {}): Promise<Uint8Array | undefined> {
    refuseAborted(signal)
    const key = textOf(cid)
    const found = await this.find(key, signal)
    if (found === undefined && !this.index.has(key)) return undefined
    if (found !== undefined && (await holds(cid, found.bytes)) && this.index.isIn(key, found.tree)) {
      await this.used(found.tree, key)
      return found.bytes
    }
    // Damaged, another process's doing, or moved while it was read: only between two writes can be noted how things stand.
    return this.writes.run(() => this.settle(cid, signal))
  }

  async has(cid: CID): Promise<boolean> {
    return (await this.size(cid)) !== undefined
  }

  async size(cid: CID): Promise<number | undefined> {
    for (const tree of PLACES) {
      const bytes = await this.files.size(tree, cid.toString())
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

  async put(cid: CID, bytes: Uint8Array, { pin = false, signal }: { pin?: boolean } & Options = {}): Promise<void> {
    refuseAborted(signal)
    await checkIncoming(cid, bytes)
    await this.writes.run(() => this.store(cid, bytes, pin, signal))
  }

  async unpin(cid: CID): Promise<void> {
    const key = textOf(cid)
    await this.writes.run(async () => {
      if (this.owedPins.delete(key)) await this.quarantine.drop(key + WAS_PINNED)
      await this.files.move(key, 'pinned', 'cached')
      this.index.unpin(key)
    })
  }

  pinned(): string[] {
    return [...this.index.pins(), ...this.owedPins]
  }

  usage(): BlocksUsage {
    return this.index.usage()
  }

  async limit(capBytes: number): Promise<void> {
    await this.writes.run(async () => {
      for (const evicted of this.index.limit(capBytes)) await this.files.remove('cached', evicted)
    })
  }

  private async store(cid: CID, bytes: Uint8Array, wantPin: boolean, signal?: AbortSignal): Promise<void> {
    refuseAborted(signal)
    const key = textOf(cid)
    // Reading what is there, rather than trusting that it is, mends a damaged block with the good bytes at hand.
    const held = (await this.settle(cid, signal)) !== undefined
    const pin = wantPin || this.owedPins.has(key)
    if (!(held && (await this.keep(key, pin)))) {
      this.index.remove(key)
      for (const evicted of this.index.makeRoom(bytes.length)) await this.files.remove('cached', evicted)
      await this.files.write(pin ? 'pinned' : 'cached', key, bytes, signal)
    }
    this.index.add(key, bytes.length, pin)
    if (this.owedPins.delete(key)) await this.quarantine.drop(key + WAS_PINNED)
  }

  /** Reads a block, and notes what became of it: where it is, or that it is not, whatever was known. One write at a time. */
  private async settle(cid: CID, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    const key = textOf(cid)
    for (;;) {
      const found = await this.find(key, signal)
      this.index.remove(key)
      if (found === undefined) return undefined
      const { tree, bytes } = found
      if (await holds(cid, bytes)) {
        this.index.add(key, bytes.length, tree === 'pinned')
        await this.used(tree, key)
        return bytes
      }
      await this.setAside(tree, key)
    }
  }

  private async find(key: string, signal: AbortSignal | undefined): Promise<Found | undefined> {
    for (const tree of PLACES) {
      const bytes = await this.files.read(tree, key, signal)
      if (bytes !== undefined) return { tree, bytes }
    }
    return undefined
  }

  private async used(tree: Tree, key: string): Promise<void> {
    this.index.touch(key)
    if (tree === 'cached') await this.files.touch(tree, key)
  }

  /** Makes sure that a block which was just read stays, pinned if so wished; false when another process evicted it. */
  private async keep(key: string, pin: boolean): Promise<boolean> {
    if (await this.files.exists('pinned', key)) return this.synced('pinned', key)
    if (pin) return this.files.move(key, 'cached', 'pinned')
    return (await this.files.exists('cached', key)) && this.synced('cached', key)
  }

  private async synced(tree: Tree, key: string): Promise<true> {
    await this.files.sync(tree, key)
    return true
  }

  private async setAside(tree: Tree, key: string): Promise<void> {
    await this.quarantine.take(this.files.path(tree, key), tree === 'pinned' ? key + WAS_PINNED : key)
    if (tree === 'pinned') this.owedPins.add(key)
  }
}

async function holds(cid: CID, bytes: Uint8Array): Promise<boolean> {
  try {
    await verifyBlock(cid, bytes)
    return true
  } catch {
    // `bad-block` is the only way it fails; the caller sets the block aside.
    return false
  }
}
