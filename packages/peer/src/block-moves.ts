import type { Blocks, CID } from '@hither/core'
import type { Logger } from 'pino'

/** Blocks on their way from the disk, or to it. Many calls at once of a function that is not warm must not hold as many copies of it. */
export interface BlockMoves {
  /** Undefined where it is not here. One that is on its way already is not read again. */
  fromDisk(cid: CID): Promise<Uint8Array | undefined>
  /** Nobody waits for it, and nothing fails where it cannot be kept: the log says so. */
  toDisk(cid: CID, bytes: Uint8Array): void
  /** Resolves when all blocks that came are on the disk, or cannot be kept. */
  settled(): Promise<void>
}

export function blockMoves({ blocks, log }: { blocks: Blocks; log: Logger }): BlockMoves {
  const moving = new Map<string, Promise<Uint8Array | undefined>>()
  const keeping = new Set<Promise<void>>()
  return {
    fromDisk(cid) {
      const key = cid.toString()
      const known = moving.get(key)
      if (known !== undefined) return known
      const read = blocks.get(cid).finally(() => moving.delete(key))
      moving.set(key, read)
      return read
    },
    toDisk(cid, bytes) {
      const key = cid.toString()
      if (moving.has(key)) return
      moving.set(key, Promise.resolve(bytes))
      const kept = blocks
        .put(cid, bytes)
        .catch((error: unknown) => log.warn({ cid: key, err: error }, 'a block could not be kept'))
        .finally(() => {
          moving.delete(key)
          keeping.delete(kept)
        })
      keeping.add(kept)
    },
    async settled() {
      await Promise.all(keeping)
    },
  }
}
