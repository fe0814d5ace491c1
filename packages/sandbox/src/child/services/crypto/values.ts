import { VIEWS, type CryptoValue, type ViewName } from '../../../guest/wall/crypto.ts'
import { CRYPTO_LENGTH_MAX_BYTES, CRYPTO_MEMORY_MAX_KIB } from '../../../guest/wall/limits.ts'
import { ServiceError } from '../service.ts'
import type { Keys } from './keys.ts'

/** One of the keys was forgotten. */
export const GONE: unique symbol = Symbol('gone')

/** Members that say how much is to be made, and the most they may say. Without it one call could fill the process. */
const BOUNDS: Readonly<Record<string, number>> = {
  length: CRYPTO_LENGTH_MAX_BYTES * 8,
  outputLength: CRYPTO_LENGTH_MAX_BYTES * 8,
  memory: CRYPTO_MEMORY_MAX_KIB,
}

/** An argument as Node is to have it. Throws `GONE`, and what is wrong with it. */
export function decodeValue(value: CryptoValue, buffers: readonly ArrayBuffer[], keys: Keys): unknown {
  if (!Array.isArray(value)) return value
  const decode = (one: CryptoValue): unknown => decodeValue(one, buffers, keys)
  switch (value[0]) {
    case 'undefined':
      return undefined
    case 'number':
      return Number(value[1])
    case 'bytes':
      return viewOf(buffers[value[1]], value[2])
    case 'key':
      return keyOf(value[1], keys)
    case 'list':
      return value[1].map(decode)
    case 'record':
      return Object.fromEntries(Object.entries(value[1]).map(([name, one]) => [name, bounded(name, decode(one))]))
    default:
      return { symbol: Symbol('symbol'), bigint: 0n, object: {} }[value[1]]
  }
}

function viewOf(buffer: ArrayBuffer | undefined, name: ViewName | undefined): unknown {
  const known = VIEWS.find((one) => one === name)
  if (known === undefined || buffer === undefined) return buffer
  const View = globalThis[known] as new (buffer: ArrayBuffer) => ArrayBufferView
  return new View(buffer)
}

function keyOf(number: number, keys: Keys): unknown {
  const key = keys.get(number)
  if (key === undefined) throw GONE
  return key
}

function bounded(name: string, value: unknown): unknown {
  const most = Object.hasOwn(BOUNDS, name) ? BOUNDS[name] : undefined
  if (most !== undefined && Number(value) > most) {
    throw new ServiceError('OperationError', `${name} may be at most ${most} here`)
  }
  return value
}
