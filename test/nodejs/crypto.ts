import * as crypto from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { attempt } from './attempt.ts'

const NAMES = [
  'md5',
  'sha1',
  'SHA256',
  'sha224',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-256',
  'sha3-512',
  'ripemd160',
  'RSA-SHA256',
  'blake2b512',
  'blake2s256',
  'RIPEMD160',
  'sha512-224',
]
const CHUNKS = ['', 'a', 'Grüße', 'x'.repeat(1000)]

export default async (): Promise<Response> => {
  const streamed = crypto.createHash('sha256')
  await pipeline(Readable.from(['str', 'eam']), streamed)
  const copied = crypto.createHash('sha1').update('a')
  const copy = copied.copy()
  const random = [
    crypto.randomBytes(16),
    await new Promise<Buffer>((resolve) => crypto.randomBytes(8, (_e, b) => resolve(b))),
  ]
  const ints = Array.from({ length: 200 }, () => crypto.randomInt(3, 7))
  const key = crypto.createSecretKey(Buffer.from('secret'))
  return Response.json({
    hashes: NAMES.map((name) => CHUNKS.map((text) => [name, crypto.createHash(name).update(text).digest('hex')])),
    parts: crypto
      .createHash('md5')
      .update('a')
      .update(Buffer.from('b'))
      .update(new DataView(new ArrayBuffer(2)))
      .digest('base64url'),
    encodings: (['hex', 'base64', 'base64url'] as const).map((e) => crypto.createHash('sha1').update('x').digest(e)),
    hex: crypto.createHash('sha1').update('ff00', 'hex').digest(),
    hmacs: NAMES.map((name) => crypto.createHmac(name, 'key').update('data').digest('hex')),
    longKey: crypto.createHmac('sha256', 'k'.repeat(200)).update('data').digest('base64'),
    keyObject: [
      crypto.createHmac('sha256', key).update('x').digest('hex'),
      key.type,
      key.export().toString(),
      key.export({ format: 'jwk' }),
    ],
    streamed: streamed.read().toString('hex'),
    copies: [copy.update('b').digest('hex'), copied.digest('hex')],
    once: crypto.hash('sha256', 'x'),
    random: [
      random.map((bytes) => bytes.length),
      Buffer.isBuffer(random[0]),
      /^[\da-f-]{36}$/.test(crypto.randomUUID()),
    ],
    ints: [Math.min(...ints), Math.max(...ints)],
    filled: [crypto.randomFillSync(Buffer.alloc(4)).length, crypto.randomFillSync(Buffer.alloc(8), 8).toString('hex')],
    values: crypto.getRandomValues(new Uint8Array(70)).length,
    equal: [
      crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ab')),
      crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ac')),
    ],
    derived: [
      crypto.pbkdf2Sync('password', 'salt', 10, 20, 'sha512').toString('hex'),
      crypto.scryptSync('password', 'salt', 32, { N: 16 }).toString('hex'),
      Buffer.from(crypto.hkdfSync('sha256', 'key', 'salt', 'info', 20)).toString('hex'),
      await new Promise((resolve) =>
        crypto.pbkdf2('p', 's', 1, 8, 'sha1', (_e, bytes) => resolve(bytes.toString('hex'))),
      ),
    ],
    errors: [
      attempt(() => crypto.createHash('nope')),
      attempt(() => crypto.createHash('md5').update(1 as never)),
      attempt(() => {
        const hash = crypto.createHash('md5')
        hash.digest()
        return hash.digest()
      }),
      attempt(() => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))),
      attempt(() => crypto.randomBytes(-1)),
    ].map((error) => [(error as Error).name, (error as { code?: string }).code]),
    web: crypto.webcrypto === globalThis.crypto,
  })
}
