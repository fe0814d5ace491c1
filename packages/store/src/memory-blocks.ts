import type { Blocks, BlocksUsage, CID, Options } from '@hither/core'
import { BlockIndex } from './block-index.ts'
import { textOf } from './key.ts'
import { refuseAborted } from './signal.ts'
import { checkIncoming } from './incoming.ts'

export interface MemoryBlocksInit {
  capBytes: number
}

/** Blocks that end with the process. */
export function memoryBlocks(init: MemoryBlocksInit): Blocks {
  return new MemoryBlocks(init)
}

class MemoryBlocks implements Blocks {
  private readonly index: BlockIndex
  private readonly bytes = new Map<string, Uint8Array>()

  constructor({ capBytes }: MemoryBlocksInit) {
    this.index = new BlockIndex(capBytes)
  }

  async get(cid: CID, { signal }: Options = {}): Promise<Uint8Array | undefined> {
    refuseAborted(signal)
    this.index.touch(cid.toString())
    return this.bytes.get(cid.toString())?.slice()
  }

  async has(cid: CID): Promise<boolean> {
    return this.bytes.has(cid.toString())
  }

  async size(cid: CID): Promise<number | undefined> {
    return this.bytes.get(cid.toString())?.length
  }

  async put(cid: CID, bytes: Uint8Array, { pin = false, signal }: { pin?: boolean } & Options = {}): Promise<void> {
    refuseAborted(signal)
    await checkIncoming(cid, bytes)
    const key = textOf(cid)
    const room = this.index.has(key) ? 0 : bytes.length
    for (const evicted of this.index.makeRoom(room)) this.bytes.delete(evicted)
    this.bytes.set(key, bytes.slice())
    this.index.add(key, bytes.length, pin)
  }

  async unpin(cid: CID): Promise<void> {
    this.index.unpin(cid.toString())
  }

  pinned(): string[] {
    return this.index.pins()
  }

  usage(): BlocksUsage {
    return this.index.usage()
  }

  async limit(capBytes: number): Promise<void> {
    for (const evicted of this.index.limit(capBytes)) this.bytes.delete(evicted)
  }
}
