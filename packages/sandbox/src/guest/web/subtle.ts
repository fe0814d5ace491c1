import { ask } from '../ask.ts'
import { defineProperty, parseJson, toJson } from '../primordials.ts'
import { CRYPTO_METHODS, type CryptoAsk, type CryptoMethod, type CryptoResult } from '../wall/crypto.ts'
import { keyOf } from './crypto-key.ts'
import { encodeValue, isBytes, type Referred } from './crypto-values.ts'

const MAKE = Symbol('make')

/** Every method is the process's own, which checks its arguments as well. */
export class SubtleCrypto {
  constructor(make?: unknown) {
    if (make !== MAKE) throw new TypeError('Illegal constructor')
  }

  static {
    for (const method of Object.keys(CRYPTO_METHODS) as CryptoMethod[]) {
      const run = {
        async [method](this: SubtleCrypto, ...args: unknown[]): Promise<unknown> {
          if (this !== subtle) throw new TypeError('Illegal invocation')
          return perform(method, args)
        },
      }[method]
      defineProperty(run, 'length', { value: CRYPTO_METHODS[method], configurable: true })
      defineProperty(SubtleCrypto.prototype, method, {
        value: run,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
  }

  get [Symbol.toStringTag](): string {
    return 'SubtleCrypto'
  }
}

export const subtle = new SubtleCrypto(MAKE)

async function perform(method: CryptoMethod, values: unknown[]): Promise<unknown> {
  const into: Referred = { buffers: [], keys: [] }
  const args = encodeAll(values, into)
  // Keys go by their numbers: a sealed one is a hundred times as long.
  const result = await send({ method, args }, into)
  if (result[0] !== 'gone') return valueOf(result)
  const seals: CryptoAsk['seals'] = []
  for (const { number, sealed } of into.keys) seals.push([number, sealed])
  return valueOf(await send({ method, args, seals }, into))
}

/** Bytes are copied when all else has been read: the getters of an algorithm may still write to them. */
function encodeAll(values: unknown[], into: Referred): CryptoAsk['args'] {
  const args: CryptoAsk['args'] = []
  for (const value of values) args.push(isBytes(value) ? null : encodeValue(value, into))
  for (let at = 0; at < values.length; at++) if (isBytes(values[at])) args[at] = encodeValue(values[at], into)
  return args
}

async function send(asked: CryptoAsk, { buffers }: Referred): Promise<CryptoResult> {
  const reply = await ask('crypto', toJson(asked), ...buffers)
  return typeof reply === 'string' ? (parseJson(reply) as CryptoResult) : ['value', reply]
}

function valueOf(result: CryptoResult): unknown {
  switch (result[0]) {
    case 'key':
      return keyOf(result[1])
    case 'pair':
      return { publicKey: keyOf(result[1]), privateKey: keyOf(result[2]) }
    default:
      return result[1]
  }
}
