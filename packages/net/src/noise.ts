import { keyOfPeer, type PeerId } from '@hither/core'
import { noise } from '@libp2p/noise'
import { TURNED_AWAY } from './closed/protector.ts'
import { reasonOf } from './errors.ts'

/** What libp2p keeps of a failed encryption is its message. */
const FAILED = 'noise: '

/** Noise whose failures can be told from those of the words before it: whoever gets as far as this speaks libp2p, and has the key. */
export function tellingNoise(): ReturnType<typeof noise> {
  return (components) => {
    const encrypter = noise()(components)
    const secureOutbound = encrypter.secureOutbound.bind(encrypter)
    const secureInbound = encrypter.secureInbound.bind(encrypter)
    encrypter.secureOutbound = async (connection, options) => {
      try {
        return quick(await secureOutbound(connection, options))
      } catch (cause) {
        throw new Error(`${FAILED}${reasonOf(cause)}`, { cause })
      }
    }
    encrypter.secureInbound = async (connection, options) => quick(await secureInbound(connection, options))
    return encrypter
  }
}

/** What a connection under noise has inside: what reads the length of the next message. */
interface Decoding {
  decoder?: { lengthDecoder(data: { readonly byteLength: number }): number }
}

const LENGTH_BYTES = 2

/** No message is longer, so that fewer bytes than these are never taken for a whole one. */
const LONGEST = 0xffff

/**
 * Noise asks for the next length once more than there are messages, for each chunk that comes, and throws an error with its stack each
 * time. Told the greatest length it waits for more as well.
 */
function quick<Secured extends { connection: object }>(secured: Secured): Secured {
  const { decoder } = secured.connection as Decoding
  if (decoder === undefined) return secured
  const lengthDecoder = decoder.lengthDecoder.bind(decoder)
  decoder.lengthDecoder = (data) => (data.byteLength < LENGTH_BYTES ? LONGEST : lengthDecoder(data))
  return secured
}

/** What noise says where somebody answered, and is somebody else: its own words are all that libp2p keeps. */
const ANSWERED = /identity key (\w+) does not match/

/** Who answered where a dial failed for finding another peer than the one that was looked for; undefined where that was not why. */
export function whoAnswered(thrown: unknown): PeerId | undefined {
  if (thrown instanceof AggregateError) return thrown.errors.map(whoAnswered).find((peer) => peer !== undefined)
  const peer = thrown instanceof Error ? ANSWERED.exec(thrown.message)?.[1] : undefined
  return peer !== undefined && keyOfPeer(peer) !== undefined ? peer : undefined
}

/** Whether a dial failed at the very first words: something answered, and not as peers of this network do. */
export function isTurnedAway(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return thrown.errors.some(isTurnedAway)
  if (!(thrown instanceof Error)) return false
  return thrown.name === TURNED_AWAY || (thrown.name === 'EncryptionFailedError' && !thrown.message.startsWith(FAILED))
}
