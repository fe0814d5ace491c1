import { hmac } from '@noble/hashes/hmac.js'
import type { Buffer } from '../buffer.ts'
import { Transform } from '../stream.ts'
import { algorithm } from './algorithms.ts'
import { bytesOf, encoded, type Data, type Encoding } from './bytes.ts'
import { secretOf, type Secret } from './key-object.ts'

/** What noble's hashes and HMACs have in common. */
interface Digester {
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
  clone?(): Digester
}

type Done = (error?: Error | null, bytes?: Buffer | string) => void

/** Also a stream, as in Node: write to it, and read the digest. */
class Digest extends Transform {
  protected readonly digester: Digester
  #ended = false

  constructor(digester: Digester, options?: object) {
    super(options)
    this.digester = digester
  }

  update(data: Data, encoding?: BufferEncoding): this {
    if (this.#ended) throw this.ended()
    this.digester.update(bytesOf(data, encoding))
    return this
  }

  digest(encoding?: Encoding): Buffer | string {
    if (this.#ended) throw this.ended()
    this.#ended = true
    return encoded(this.digester.digest(), encoding)
  }

  override _transform(chunk: Data, encoding: BufferEncoding | 'buffer', done: Done): void {
    this.update(chunk, encoding === 'buffer' ? undefined : encoding)
    done()
  }

  override _flush(done: Done): void {
    this.push(this.digest())
    done()
  }

  protected ended(): Error {
    return Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' })
  }
}

export class Hash extends Digest {
  copy(): Hash {
    if (this.digester.clone === undefined) throw this.ended()
    return new Hash(this.digester.clone())
  }
}

export class Hmac extends Digest {}

export function createHash(name: string, options?: object): Hash {
  return new Hash(algorithm(name).create(), options)
}

export function createHmac(name: string, key: Secret, options?: object): Hmac {
  return new Hmac(hmac.create(algorithm(name), secretOf(key)), options)
}

/** In one step, in hex unless said otherwise. */
export function hash(name: string, data: Data, encoding: Encoding = 'hex'): Buffer | string {
  return encoded(algorithm(name)(bytesOf(data)), encoding)
}
