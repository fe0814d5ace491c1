import {
  BLOCK_MAX_BYTES,
  decodeCid,
  decodeMessage,
  encodeMessage,
  FRAME_MAX_BYTES,
  HitherError,
  MANIFEST_MAX_BYTES,
  readManifest,
  RECORD_MAX_BYTES,
  Shape,
  verifyBlock,
  type CID,
  type Kit,
  type PeerId,
  type PublisherId,
  type Services,
} from '@hither/core'
import { abortError, unreachable } from '../../errors.ts'
import { gate } from '../../gate.ts'
import { KIT_MAX_MS, KITS_AT_ONCE_MAX } from '../../limits/questions.ts'
import type { Timers } from '../../timers.ts'
import { patience } from '../patience.ts'
import { broken } from './frames.ts'

/** What was asked of the other end beside calls: a stream of its own would take longer to open than a kit takes to send. */
export interface Kits {
  /** As `Links.kit` says. */
  ask: (cid: CID, publisher: PublisherId | undefined, signal: AbortSignal | undefined) => Promise<Kit>
  /** Throws `bad-message` where nobody asked. */
  came(id: number, payload: Uint8Array): void
  /** None comes any more. */
  end(): void
}

export interface KitsInit {
  /** Who is asked. */
  peer: PeerId
  timers: Timers
  /** Sends a question of this number. */
  send: (id: number, payload: Uint8Array) => void
}

export function kits({ peer, timers, send }: KitsInit): Kits {
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array> & { leave(): void }>()
  const places = gate(KITS_AT_ONCE_MAX)
  let lastId = 0
  let over = false

  const answer = async (cid: CID, publisher: PublisherId | undefined, signal: AbortSignal): Promise<Uint8Array> => {
    const leave = await places.enter(signal)
    const answered = Promise.withResolvers<Uint8Array>()
    const giveUp = (): void => answered.reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      if (over || signal.aborted) {
        leave()
        throw over ? ended() : signal.reason
      }
      const id = (lastId = (lastId + 1) >>> 0)
      // Whoever gave up leaves the place to the answer: the other end has not more of them.
      waiting.set(id, { ...answered, leave })
      send(id, encodeMessage({ cid: cid.bytes, publisher }))
      return await answered.promise
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  return {
    async ask(cid, publisher, signal) {
      const limits = patience({ timers, maxMs: KIT_MAX_MS, signal })
      let payload: Uint8Array
      try {
        payload = await answer(cid, publisher, limits.signal)
      } catch (thrown) {
        if (signal?.aborted === true) throw abortError(signal)
        throw unreachable(peer, limits.spent ?? (thrown instanceof Error ? thrown.message : String(thrown)), thrown)
      } finally {
        limits.over()
      }
      return readKit(peer, cid, payload)
    },
    came(id, payload) {
      const answered = waiting.get(id)
      if (answered === undefined) throw broken('it gives what nobody asked for')
      waiting.delete(id)
      answered.leave()
      answered.resolve(payload)
    },
    end() {
      over = true
      for (const answered of waiting.values()) {
        // Those in line come in one by one, and hear it too.
        answered.leave()
        answered.reject(ended())
      }
      waiting.clear()
    },
  }
}

function ended(): Error {
  return new Error('the link to it has ended')
}

export interface GiverInit {
  services: Pick<Services, 'kit'>
  /** Who asks. */
  from: PeerId
  /** Sends the answer to the question of this number. */
  send: (id: number, payload: Uint8Array) => void
}

/** Answers questions. What it gives throws `bad-message` where there are more of them at once than there may be. */
export function giver({ services, from, send }: GiverInit): (id: number, question: Uint8Array) => void {
  let underWay = 0
  const give = async (id: number, question: Uint8Array): Promise<void> => {
    const payload = await kitFor(services, from, question)
    underWay -= 1
    send(id, payload)
  }
  return (id, question) => {
    if (underWay >= KITS_AT_ONCE_MAX) throw broken('it asks for too many functions at once')
    underWay += 1
    void give(id, question)
  }
}

/** What does not fit into a frame is left out. Never rejects: who asked asks elsewhere where nothing is given. */
async function kitFor(services: GiverInit['services'], from: PeerId, question: Uint8Array): Promise<Uint8Array> {
  try {
    const asked = new Shape(decodeMessage(question), 'the question')
    const publisher = asked.has('publisher') ? asked.string('publisher', 64) : undefined
    const { bundle, ...kit } = await services.kit(from, decodeCid(asked.raw('cid')), publisher)
    const whole = encodeMessage({ ...kit, bundle })
    if (whole.length <= FRAME_MAX_BYTES) return whole
    const short = encodeMessage(kit)
    return short.length <= FRAME_MAX_BYTES ? short : encodeMessage({ voucher: kit.voucher })
  } catch {
    // Nothing to give, or not now.
    return encodeMessage({})
  }
}

/** Throws `bad-block`, and `bad-answer` where it cannot be read. */
async function readKit(peer: PeerId, cid: CID, payload: Uint8Array): Promise<Kit> {
  const kit: Kit = {}
  try {
    const answer = new Shape(decodeMessage(payload), 'the answer')
    if (answer.has('voucher')) kit.voucher = answer.bytes('voucher', RECORD_MAX_BYTES)
    if (answer.has('manifest')) kit.manifest = answer.bytes('manifest', MANIFEST_MAX_BYTES)
    if (answer.has('bundle')) kit.bundle = answer.bytes('bundle', BLOCK_MAX_BYTES)
  } catch (cause) {
    throw new HitherError('bad-answer', `${peer} answers with nonsense`, { cause })
  }
  if (kit.manifest === undefined) return kit
  await verifyBlock(cid, kit.manifest)
  if (kit.bundle !== undefined) await verifyBlock(decodeCid(readManifest(kit.manifest).bundle.bytes), kit.bundle)
  return kit
}
