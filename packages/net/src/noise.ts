import { keyOfPeer, type PeerId } from '@hither/core'
import type { MessageStream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { TURNED_AWAY } from './closed/protector.ts'
import { reasonOf } from './errors.ts'
import { CONNECTION_WRITE_BUFFER_BYTES } from './limits/streams.ts'
import { straight, straightSend, type Bytes } from './straight.ts'

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

/** What a connection under noise has inside. */
interface Inside {
  readonly decoder: {
    readonly buffer: { readonly byteLength: number }
    decode(chunk: Bytes): Iterable<Bytes>
    lengthDecoder(data: { readonly byteLength: number }): number
  }
  readonly handshake: {
    encrypt(plain: Uint8Array): Bytes
    decrypt(message: Uint8Array, to: Uint8Array): Uint8Array
  }
  encrypt(plain: Bytes): Bytes
  decrypt(message: Bytes): Bytes
}

/** What stands before each message. */
const LENGTH_BYTES = 2

/** What each message ends with, which shows that it is whole. */
const TAG_BYTES = 16

/** No message is longer, so that fewer bytes than these are never taken for a whole one. */
const LONGEST = 0xffff

/**
 * What comes is mostly whole messages, one or a few: they are cut out of it where they stand, and what is sent in one piece is encrypted
 * into one. Noise puts all into lists and takes it out again. Also it asks for the next length once more than there are messages, for each chunk that comes, and throws an error with its
 * stack each time: told the greatest length it waits for more as well.
 */
function quick<Secured extends { connection: MessageStream }>(secured: Secured): Secured {
  const connection = straightSend(straight(secured.connection)) as MessageStream & Inside
  connection.maxWriteBufferLength = CONNECTION_WRITE_BUFFER_BYTES
  const { decoder, handshake } = connection
  const lengthDecoder = decoder.lengthDecoder.bind(decoder)
  const decode = decoder.decode.bind(decoder)
  const encrypt = connection.encrypt.bind(connection)
  const decrypt = connection.decrypt.bind(connection)
  decoder.lengthDecoder = (data) => (data.byteLength < LENGTH_BYTES ? LONGEST : lengthDecoder(data))
  decoder.decode = (chunk) => {
    const whole = decoder.buffer.byteLength === 0 && chunk instanceof Uint8Array ? messagesIn(chunk) : undefined
    return whole ?? decode(chunk)
  }
  connection.encrypt = (plain) =>
    plain instanceof Uint8Array && plain.length <= LONGEST - TAG_BYTES
      ? withLength(handshake.encrypt(plain).subarray())
      : encrypt(plain)
  connection.decrypt = (message) =>
    message instanceof Uint8Array && message.length >= TAG_BYTES
      ? handshake.decrypt(message, message.subarray(0, message.length - TAG_BYTES))
      : decrypt(message)
  return secured
}

function withLength(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + message.length)
  bytes[0] = message.length >> 8
  bytes[1] = message.length
  bytes.set(message, LENGTH_BYTES)
  return bytes
}

/** The messages of a chunk that is nothing else; undefined for another one. */
function messagesIn(chunk: Uint8Array): Uint8Array[] | undefined {
  const messages: Uint8Array[] = []
  let at = 0
  while (at + LENGTH_BYTES < chunk.length) {
    const begin = at + LENGTH_BYTES
    at = begin + (((chunk[at] ?? 0) << 8) | (chunk[at + 1] ?? 0))
    messages.push(chunk.subarray(begin, at))
  }
  return at === chunk.length ? messages : undefined
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
