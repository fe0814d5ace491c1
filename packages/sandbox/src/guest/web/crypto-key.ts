import type { KeyInfo } from '../wall/crypto.ts'

/** Only this module can make keys, and what they are made of stays in it. */
const MAKE = Symbol('make')

export let infoOfKey: (key: CryptoKey) => KeyInfo
export let isKey: (value: unknown) => value is CryptoKey

/** A key of the process. The isolate has its number, what may be known of it, and itself in a sealed form. */
export class CryptoKey {
  readonly #info: KeyInfo
  readonly #algorithm: Record<string, unknown>
  readonly #usages: string[]

  constructor(make?: unknown, info?: KeyInfo) {
    if (make !== MAKE || info === undefined) throw new TypeError('Illegal constructor')
    this.#info = info
    this.#algorithm = algorithmOf(info)
    this.#usages = [...info.usages]
  }

  get type(): string {
    return this.#info.type
  }

  get extractable(): boolean {
    return this.#info.extractable
  }

  get algorithm(): object {
    return this.#algorithm
  }

  get usages(): string[] {
    return this.#usages
  }

  get [Symbol.toStringTag](): string {
    return 'CryptoKey'
  }

  static {
    infoOfKey = (key) => key.#info
    isKey = (value): value is CryptoKey => typeof value === 'object' && value !== null && #info in value
  }
}

for (const name of ['type', 'extractable', 'algorithm', 'usages']) {
  Object.defineProperty(CryptoKey.prototype, name, { enumerable: true })
}

export function keyOf(info: KeyInfo): CryptoKey {
  return new CryptoKey(MAKE, info)
}

function algorithmOf({ algorithm }: KeyInfo): Record<string, unknown> {
  const { publicExponent } = algorithm
  return publicExponent === undefined
    ? algorithm
    : { ...algorithm, publicExponent: new Uint8Array(publicExponent as number[]) }
}
