import { keyOfPeer, type PeerId } from '@hither/core'
import type { MessageStream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { TURNED_AWAY } from './closed/protector.ts'
import { reasonOf } from './errors.ts'
import { CONNECTION_WRITE_BUFFER_BYTES } from './limits/streams.ts'
import { noiseCrypto } from './noise-crypto.ts'
import { noiseMessages, type NoiseMessages } from './noise-messages.ts'

/** What libp2p keeps of a failed encryption is its message. */
const FAILED = 'noise: '

/** Noise whose failures can be told from those of the words before it: whoever gets as far as this speaks libp2p, and has the key. */
export function tellingNoise(): ReturnType<typeof noise> {
  return (components) => {
    const encrypter = noise({ crypto: noiseCrypto })(components)
    const secureOutbound = encrypter.secureOutbound.bind(encrypter)
    const secureInbound = encrypter.secureInbound.bind(encrypter)
    encrypter.secureOutbound = async (connection, options) => {
      try {
        return bounded(quick(await secureOutbound(connection, options)))
      } catch (cause) {
        throw new Error(`${FAILED}${reasonOf(cause)}`, { cause })
      }
    }
    encrypter.secureInbound = async (connection, options) => bounded(quick(await secureInbound(connection, options)))
    return encrypter
  }
}

/** By itself it holds whatever waits to be sent. */
function bounded<Secured extends { connection: MessageStream }>(secured: Secured): Secured {
  secured.connection.maxWriteBufferLength = CONNECTION_WRITE_BUFFER_BYTES
  return secured
}

/** What a connection under noise has inside: what cuts it into messages, and has of the next what came before us. */
interface Decoding {
  decoder?: {
    readonly buffer: { readonly byteLength: number; subarray(): Uint8Array; consume(bytes: number): void }
    decode: NoiseMessages['cut']
  }
}

function quick<Secured extends { connection: object }>(secured: Secured): Secured {
  const { decoder } = secured.connection as Decoding
  if (decoder === undefined) return secured
  const messages = noiseMessages()
  // None of it is whole: that was told already.
  Array.from(messages.cut(decoder.buffer.subarray()))
  decoder.buffer.consume(decoder.buffer.byteLength)
  decoder.decode = (bytes) => messages.cut(bytes)
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
