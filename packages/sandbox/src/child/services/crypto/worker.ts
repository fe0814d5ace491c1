import { webcrypto } from 'node:crypto'
import { workerData, type MessagePort } from 'node:worker_threads'
import { CRYPTO_METHODS, type CryptoAsk, type CryptoResult } from '../../../guest/wall/crypto.ts'
import { CRYPTO_LENGTH_MAX_BYTES } from '../../../guest/wall/limits.ts'
import { ServiceError } from '../service.ts'
import { Keys } from './keys.ts'
import type { NumberedReply, ThreadAsk, ThreadReply } from './thread.ts'
import { decodeValue, GONE } from './values.ts'

/** The thread that has Node's Web Cryptography API. It serves one ask after the other, and the process waits for each. */

// Sealing takes the bytes of keys that are not extractable, which Node would rather not see done to other people's.
process.noDeprecation = true

const { port, replies } = workerData as { port: MessagePort; replies: Int32Array }
const isolates = new Map<number, Keys>()

port.on('message', (ask: ThreadAsk) => void serve(ask))

async function serve({ number, isolate, text, buffers }: ThreadAsk): Promise<void> {
  if (text === undefined) {
    isolates.delete(isolate)
    return
  }
  const keys = isolates.get(isolate) ?? new Keys()
  isolates.set(isolate, keys)
  const reply = await perform(text, buffers, keys).catch(errorOf)
  port.postMessage({ number, reply } satisfies NumberedReply, 'bytes' in reply ? [reply.bytes] : [])
  Atomics.add(replies, 0, 1)
  Atomics.notify(replies, 0)
}

async function perform(text: string, buffers: readonly ArrayBuffer[], keys: Keys): Promise<ThreadReply> {
  const { method, args, seals } = JSON.parse(text) as CryptoAsk
  if (!Object.hasOwn(CRYPTO_METHODS, method)) throw new ServiceError('NotSupportedError', 'there is no such method')
  for (const [number, sealed] of seals ?? []) keys.restore(number, sealed)
  let values: unknown[]
  try {
    values = args.map((arg) => decodeValue(arg, buffers, keys))
  } catch (error) {
    if (error === GONE) return { result: ['gone'] }
    throw error
  }
  if (method === 'deriveBits' && Number(values[2]) > CRYPTO_LENGTH_MAX_BYTES * 8) {
    throw new ServiceError('OperationError', `at most ${CRYPTO_LENGTH_MAX_BYTES * 8} bits can be derived at once here`)
  }
  const run = webcrypto.subtle[method] as (...values: unknown[]) => Promise<unknown>
  const made: unknown = await run.apply(webcrypto.subtle, values)
  return made instanceof ArrayBuffer ? { bytes: made } : { result: resultOf(made, keys) }
}

function resultOf(made: unknown, keys: Keys): CryptoResult {
  if (isKey(made)) return ['key', keys.add(made)]
  if (isPair(made)) return ['pair', keys.add(made.publicKey), keys.add(made.privateKey)]
  return ['value', made]
}

function isKey(made: unknown): made is webcrypto.CryptoKey {
  return made instanceof CryptoKey
}

function isPair(made: unknown): made is webcrypto.CryptoKeyPair {
  return typeof made === 'object' && made !== null && 'privateKey' in made
}

/** Of what else goes wrong nothing is told: its message may tell of the machine. */
function errorOf(error: unknown): ThreadReply {
  const known = error instanceof DOMException || error instanceof ServiceError || error instanceof TypeError
  if (known || error instanceof RangeError) return { error: [error.name, error.message] }
  return { error: ['OperationError', 'the operation failed'] }
}
