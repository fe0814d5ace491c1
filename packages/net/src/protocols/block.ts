import {
  BLOCK_MAX_BYTES,
  decodeCid,
  decodeMessage,
  encodeMessage,
  HitherError,
  MANIFEST_MAX_BYTES,
  readManifest,
  RECORD_MAX_BYTES,
  Shape,
  verifyBlock,
  type CID,
  type Kit,
  type Options,
  type PublisherId,
  type Services,
} from '@hither/core'
import type { StreamHandler } from '@libp2p/interface'
import { BLOCK_FIRST_BYTE_MS, BLOCK_MAX_MS, BLOCK_QUESTION_MAX_BYTES } from '../limits/questions.ts'
import { BLOCK_ASKS_MAX } from '../limits/streams.ts'
import type { Timers } from '../timers.ts'
import type { Message } from './conversation.ts'
import { answering, ask, type Asked, type Terms } from './exchange.ts'

/**
 * `/hither/block/1`: a CID's bytes out, the block or nothing back. Or a function's CID in a map, with the publisher who is to vouch for it,
 * and its kit back: each question has a stream of its own, which takes longer to open than what a kit holds takes to send.
 */
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
const WANT_KIT = 4
const KIT = 5

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

/** As `Links.kit` says. */
export function askKit(
  asked: Asked,
  cid: CID,
  publisher: PublisherId | undefined,
  { signal }: Options = {},
): Promise<Kit> {
  const read = ({ type, payload }: Message): Promise<Kit> => {
    if (type !== KIT) throw new HitherError('bad-message', `a kit is answered with the unknown type ${type}`)
    return readKit(cid, new Shape(decodeMessage(payload), 'the answer'))
  }
  const payload = encodeMessage({ cid: cid.bytes, publisher })
  return ask(asked, BLOCK, { type: WANT_KIT, payload }, read, signal)
}

async function readKit(cid: CID, answer: Shape): Promise<Kit> {
  const kit: Kit = {}
  if (answer.has('voucher')) kit.voucher = answer.bytes('voucher', RECORD_MAX_BYTES)
  if (!answer.has('manifest')) return kit
  kit.manifest = answer.bytes('manifest', MANIFEST_MAX_BYTES)
  await verifyBlock(cid, kit.manifest)
  if (!answer.has('bundle')) return kit
  kit.bundle = answer.bytes('bundle', BLOCK_MAX_BYTES)
  await verifyBlock(decodeCid(readManifest(kit.manifest).bundle.bytes), kit.bundle)
  return kit
}

export function answerBlocks(services: Pick<Services, 'block' | 'kit'>, timers: Timers): StreamHandler {
  return answering(BLOCK, timers, async (from, { type, payload }): Promise<Message> => {
    if (type === WANT_KIT) {
      const question = new Shape(decodeMessage(payload), 'the question')
      const publisher = question.has('publisher') ? question.string('publisher', 64) : undefined
      const kit = await services.kit(from, decodeCid(question.raw('cid')), publisher)
      return { type: KIT, payload: encodeMessage(kit) }
    }
    if (type !== WANT) throw new HitherError('bad-message', `a block is asked for with the unknown type ${type}`)
    const bytes = await services.block(from, decodeCid(payload))
    return bytes === undefined ? { type: MISSING, payload: NOTHING } : { type: FOUND, payload: bytes }
  })
}
