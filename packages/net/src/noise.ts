import { noise } from '@libp2p/noise'
import { TURNED_AWAY } from './closed/protector.ts'
import { reasonOf } from './errors.ts'

/** What libp2p keeps of a failed encryption is its message. */
const FAILED = 'noise: '

/** Noise whose failures can be told from those of the words before it: whoever gets as far as this speaks libp2p, and has the key. */
export function tellingNoise(): ReturnType<typeof noise> {
  return (components) => {
    const encrypter = noise()(components)
    const secure = encrypter.secureOutbound.bind(encrypter)
    encrypter.secureOutbound = async (connection, options) => {
      try {
        return await secure(connection, options)
      } catch (cause) {
        throw new Error(`${FAILED}${reasonOf(cause)}`, { cause })
      }
    }
    return encrypter
  }
}

/** Whether a dial failed at the very first words: something answered, and not as peers of this network do. */
export function isTurnedAway(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return thrown.errors.some(isTurnedAway)
  if (!(thrown instanceof Error)) return false
  return thrown.name === TURNED_AWAY || (thrown.name === 'EncryptionFailedError' && !thrown.message.startsWith(FAILED))
}
