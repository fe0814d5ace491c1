import { blockOf, signerFromSeed, signRecord, type Block, type CID, type NameRecord, type Signer } from '@hither/core'

/** Chance that repeats itself: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A block of some size; the same number gives the same block. */
export function block(number: number, bytes = 1000): Promise<Block> {
  const random = seeded(number)
  return blockOf(
    Uint8Array.from({ length: bytes }, () => random() * 256),
    'raw',
  )
}

/** A block that takes the file system more than one write. */
export function largeBlock(number: number): Promise<Block> {
  const bytes = new Uint8Array(600_000).fill(number % 251)
  new DataView(bytes.buffer).setUint32(0, number)
  return blockOf(bytes, 'raw')
}

/** Which large block some bytes are. */
export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}

export function signer(number: number): Promise<Signer> {
  return signerFromSeed(new Uint8Array(32).fill(number))
}

export interface RecordWish {
  by?: Signer
  name?: string
  sequence: number
  cid?: CID | null
  prev?: CID | null
  message?: string
}

/** A record, signed by publisher 1 for the name `shop` unless said otherwise. */
export async function record(wish: RecordWish): Promise<NameRecord> {
  const { by = await signer(1), name = 'shop', sequence, prev = null, message = '' } = wish
  const cid = wish.cid === undefined ? (await block(sequence, 10)).cid : wish.cid
  return signRecord(by, { name, sequence, cid, prev, message, time: 1_800_000_000_000 })
}
