import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { diskError, isMissing } from './disk-error.ts'
import { namesIn, readIfThere, removeAbandoned, statOf, touch } from './shared-folder.ts'
import { makeDirectory, syncDirectory, writeFileAtomic } from './write-file.ts'

/**
 * Cached blocks may be evicted, by any process; pinned ones stay. They are two folders so that pinning is one rename:
 * no process can evict what another one is just pinning.
 */
export type Tree = 'cached' | 'pinned'

/** A CIDv1 under SHA-256, in base32: 36 bytes. What else lies about in the folder is none of our business. */
const KEY_PATTERN = /^b[a-z2-7]{58}$/

export interface BlockFile {
  key: string
  tree: Tree
  bytes: number
  /** Ms since 1970. */
  usedAt: number
}

/** One file per block under `<dir>/<tree>/<last two characters of the CID>/<CID>`. */
export class BlockFiles {
  private readonly dir: string
  private readonly now: () => number

  constructor(dir: string, now: () => number) {
    this.dir = dir
    this.now = now
  }

  path(tree: Tree, key: string): string {
    return join(this.shard(tree, key), key)
  }

  /** Every block, the least recently used first, without reading any; what killed writers left behind is removed. */
  async scan(): Promise<BlockFile[]> {
    const found: BlockFile[] = []
    for (const tree of ['cached', 'pinned'] as const) {
      for (const shard of await namesIn(join(this.dir, tree))) found.push(...(await this.scanShard(tree, shard)))
    }
    return found.sort((a, b) => a.usedAt - b.usedAt)
  }

  /** Undefined when it is not there. */
  async read(tree: Tree, key: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return readIfThere(this.path(tree, key), signal)
  }

  async exists(tree: Tree, key: string): Promise<boolean> {
    return (await this.size(tree, key)) !== undefined
  }

  /** In bytes. Undefined when it is not there. */
  async size(tree: Tree, key: string): Promise<number | undefined> {
    return (await statOf(this.path(tree, key)))?.size
  }

  async write(tree: Tree, key: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    await makeDirectory(this.shard(tree, key))
    await writeFileAtomic(this.path(tree, key), bytes, signal === undefined ? {} : { signal })
  }

  /** Moves a block from one tree to the other; false when it is not there. */
  async move(key: string, from: Tree, to: Tree): Promise<boolean> {
    await makeDirectory(this.shard(to, key))
    const path = this.path(from, key)
    try {
      await rename(path, this.path(to, key))
    } catch (thrown) {
      if (isMissing(thrown)) return false
      throw diskError(thrown, path)
    }
    await this.sync(to, key)
    return true
  }

  /** Another process may have renamed a block into place without having made that durable yet. */
  async sync(tree: Tree, key: string): Promise<void> {
    await syncDirectory(this.shard(tree, key))
  }

  /** Notes on disk that a block was just used, for the order of eviction after the next start. */
  async touch(tree: Tree, key: string): Promise<void> {
    await touch(this.path(tree, key), this.now())
  }

  async remove(tree: Tree, key: string): Promise<void> {
    await rm(this.path(tree, key), { force: true })
  }

  private shard(tree: Tree, key: string): string {
    return join(this.dir, tree, key.slice(-2))
  }

  private async scanShard(tree: Tree, shard: string): Promise<BlockFile[]> {
    const names = await namesIn(join(this.dir, tree, shard))
    const files = await Promise.all(names.map((name) => this.look(tree, join(this.dir, tree, shard, name), name)))
    return files.filter((file) => file !== undefined)
  }

  private async look(tree: Tree, path: string, name: string): Promise<BlockFile | undefined> {
    if (!KEY_PATTERN.test(name)) {
      await removeAbandoned(path, this.now())
      return undefined
    }
    const stats = await statOf(path)
    return stats && { key: name, tree, bytes: stats.size, usedAt: stats.mtimeMs }
  }
}
