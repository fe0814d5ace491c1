import {
  BLOCK_MAX_BYTES,
  decodeCid,
  HitherError,
  verifyBlock,
  type CID,
  type Options,
  type Services,
} from '@hither/core'
import type { StreamHandler } from '@libp2p/interface'
import { placeOf } from '../crowd.ts'
import { BLOCK_FIRST_BYTE_MS, BLOCK_MAX_MS, BLOCK_QUESTION_MAX_BYTES, BLOCK_ROOM_MS } from '../limits/questions.ts'
import { BLOCK_ASKS_MAX } from '../limits/streams.ts'
import type { Share, Shares } from '../shares.ts'
import type { Timers } from '../timers.ts'
import type { Message } from './conversation.ts'
import { answering, ask, type Asked, type Reply, type Terms } from './exchange.ts'

/** `/hither/block/1`: a CID's bytes out, the block or nothing back. */
export const BLOCK: Terms = {
  protocol: '/hither/block/1',
  questionMaxBytes: BLOCK_QUESTION_MAX_BYTES,
  answerMaxBytes: BLOCK_MAX_BYTES,
  firstByteMs: BLOCK_FIRST_BYTE_MS,
  maxMs: BLOCK_MAX_MS,
  asksMax: BLOCK_ASKS_MAX,
}

const WANT = 1
const FOUND = 2
const MISSING = 3

const NOTHING = new Uint8Array(0)

/** As `Links.block` says. */
export async function askBlock(asked: Asked, cid: CID, options: Options = {}): Promise<Uint8Array | undefined> {
  const read = async ({ type, payload }: Message): Promise<Uint8Array | undefined> => {
    if (type === MISSING) return undefined
    if (type !== FOUND) throw new HitherError('bad-message', `a block is answered with the unknown type ${type}`)
    await verifyBlock(cid, payload)
    return payload
  }
  return ask(asked, BLOCK, { type: WANT, payload: cid.bytes }, read, options.signal)
}

export interface AnswerBlocksInit {
  services: Pick<Services, 'block' | 'blockSize' | 'knows'>
  timers: Timers
  /** What blocks may hold that peers have asked for and not read yet. */
  memory: Shares
}

export function answerBlocks({ services, timers, memory }: AnswerBlocksInit): StreamHandler {
  return answering(BLOCK, timers, async (from, { type, payload }, connection): Promise<Reply> => {
    if (type !== WANT) throw new HitherError('bad-message', `a block is asked for with the unknown type ${type}`)
    const cid = decodeCid(payload)
    const size = await services.blockSize(from, cid)
    if (size === undefined) return { type: MISSING, payload: NOTHING }
    const isKnown = (): boolean => services.knows?.(from) === true
    const gone = await taken(memory.of({ peer: from, place: placeOf(connection), isKnown }), size, timers)
    try {
      const bytes = await services.block(from, cid)
      return bytes === undefined ? { type: MISSING, payload: NOTHING, gone } : { type: FOUND, payload: bytes, gone }
    } catch (thrown) {
      gone()
      throw thrown
    }
  })
}

/** Takes so much, and returns how to give it back. Throws `busy`: who asked goes on to the next peer. */
async function taken(share: Share, bytes: number, timers: Timers): Promise<() => void> {
  if (await share.takeSoon(bytes, BLOCK_ROOM_MS, timers)) {
    return () => {
      share.giveBack(bytes)
      share.leave()
    }
  }
  share.leave()
  throw new HitherError('busy', 'this peer gives no more blocks for now', {
    why: 'those that were asked for before and are not read yet hold too much memory here',
  })
}
