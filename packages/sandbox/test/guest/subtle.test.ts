import { describe, expect, test } from 'vitest'
import { start, startHandler } from './start.ts'

/** What a handler with this body returns, as JSON. */
async function run(body: string, init?: Parameters<typeof start>[1]): Promise<unknown> {
  const { fetch } = startHandler(
    `const { subtle } = crypto
     const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')
     const bytes = (text) => new TextEncoder().encode(text)
     const result = await (async () => { ${body} })()
     return Response.json(result ?? null)`,
    init,
  )
  return JSON.parse((await fetch()).text)
}

/** What the handler's promise is rejected with. */
const failing = (promise: string): string =>
  `try { await ${promise}; return 'no error' } catch (error) { return [error.name, error instanceof DOMException, error instanceof TypeError] }`

describe('crypto.subtle', () => {
  test('digests', async () => {
    expect(await run(`return hex(await subtle.digest('SHA-256', bytes('abc')))`)).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  test('takes views of a part of their buffer, as they are at the call', async () => {
    const whole = await run(`const view = bytes('xabcx').subarray(1, 4)
      const digest = subtle.digest({ name: 'sha-256' }, view)
      view.fill(0)
      return hex(await digest)`)
    expect(whole).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  test("copies bytes after an algorithm's getters were read", async () => {
    const read = await run(`const secret = bytes('x')
      const algorithm = { hash: 'SHA-1', get name() { secret[0] = 121; return 'HMAC' } }
      const key = await subtle.importKey('raw', secret, algorithm, true, ['sign'])
      return hex(await subtle.exportKey('raw', key))`)
    expect(read).toBe('79')
  })

  test.each(['HMAC', 'ECDSA', 'Ed25519', 'RSA-PSS', 'RSASSA-PKCS1-v1_5'])(
    'signs and verifies with %s',
    async (name) => {
      const made = await run(`const params = { name: '${name}', hash: 'SHA-256', namedCurve: 'P-256', saltLength: 32,
        modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
      const made = await subtle.generateKey(params, true, ['sign', 'verify'])
      const { privateKey = made, publicKey = made } = made
      const signature = await subtle.sign(params, privateKey, bytes('text'))
      return [await subtle.verify(params, publicKey, signature, bytes('text')),
        await subtle.verify(params, publicKey, signature, bytes('other')),
        privateKey instanceof CryptoKey, privateKey.algorithm.name, publicKey.usages.includes('verify')]`)
      expect(made).toEqual([true, false, true, name, true])
    },
  )

  test('encrypts, wraps, derives and exports', async () => {
    const made = await run(`const iv = crypto.getRandomValues(new Uint8Array(12))
      const base = await subtle.importKey('raw', bytes('password'), 'PBKDF2', false, ['deriveKey'])
      const key = await subtle.deriveKey({ name: 'PBKDF2', salt: iv, iterations: 1000, hash: 'SHA-256' }, base,
        { name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'])
      const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytes('more') }, key, bytes('secret'))
      const opened = await subtle.decrypt({ name: 'AES-GCM', iv, additionalData: bytes('more') }, key, sealed)
      const wrapped = await subtle.wrapKey('jwk', key, key, { name: 'AES-GCM', iv })
      const again = await subtle.unwrapKey('jwk', wrapped, key, { name: 'AES-GCM', iv }, 'AES-GCM', true, ['encrypt'])
      const [one, two] = [await subtle.exportKey('raw', key), await subtle.exportKey('jwk', again)]
      return [new TextDecoder().decode(opened), one.byteLength, two.kty, two.key_ops]`)
    expect(made).toEqual(['secret', 32, 'oct', ['encrypt']])
  })

  test('gives exponents as bytes', async () => {
    const seen = await run(`const jwk = { kty: 'RSA', e: 'AQAB', n: ${JSON.stringify('v'.repeat(342))} }
      const key = await subtle.importKey('jwk', jwk, { name: 'RSA-OAEP', hash: 'SHA-1' }, true, ['encrypt'])
      const { publicExponent, hash } = key.algorithm
      return [publicExponent instanceof Uint8Array, [...publicExponent], hash]`)
    expect(seen).toEqual([true, [1, 0, 1], { name: 'SHA-1' }])
  })

  test('works while the module loads', async () => {
    const { fetch } = start(`const digest = await crypto.subtle.digest('SHA-1', new Uint8Array(1))
      export default () => new Response(String(digest.byteLength))`)
    expect((await fetch()).text).toBe('20')
  })
})

describe('what is wrong', () => {
  test.each([
    [`subtle.digest('SHA-9', bytes(''))`, ['NotSupportedError', true, false]],
    [`subtle.digest('SHA-1')`, ['TypeError', false, true]],
    [`subtle.digest('SHA-1', 'text')`, ['TypeError', false, true]],
    [`subtle.digest(Symbol(), bytes(''))`, ['TypeError', false, true]],
    [`subtle.digest.call({}, 'SHA-1', bytes(''))`, ['TypeError', false, true]],
    [`subtle.importKey('raw', bytes('12345'), 'AES-GCM', true, ['encrypt'])`, ['DataError', true, false]],
    [`subtle.importKey('jwk', { kty: 'oct', k: '??' }, 'AES-GCM', true, ['encrypt'])`, ['DataError', true, false]],
    [`subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['sign'])`, ['SyntaxError', true, false]],
    [
      `subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']).then((key) => subtle.exportKey('raw', key))`,
      ['InvalidAccessError', true, false],
    ],
    [`new CryptoKey()`, ['TypeError', false, true]],
  ])('%s', async (promise, error) => {
    expect(await run(failing(promise))).toEqual(error)
  })

  test.each([
    [`subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 2 ** 31 }, true, ['sign'])`],
    [
      `subtle.importKey('raw', bytes('x'), 'PBKDF2', false, ['deriveBits']).then((key) =>
      subtle.deriveBits({ name: 'PBKDF2', salt: bytes(''), iterations: 1, hash: 'SHA-1' }, key, 2 ** 31))`,
    ],
  ])('what would fill the process: %s', async (promise) => {
    expect(await run(failing(promise))).toEqual(['OperationError', true, false])
  })
})

describe('keys', () => {
  test('without end are all there', async () => {
    const made = await run(
      `const keys = []
      for (let i = 0; i < 1000; i++)
        keys.push(await subtle.importKey('raw', bytes('key ' + i), { name: 'HMAC', hash: 'SHA-1' }, i === 0, ['sign']))
      const used = new Set()
      for (const key of keys) used.add(hex(await subtle.sign('HMAC', key, bytes('text'))))
      const [{ extractable, algorithm, usages }] = keys
      return [used.size, extractable, algorithm.length, usages, keys[1].extractable]`,
      { memoryMb: 32 },
    )
    expect(made).toEqual([1000, true, 40, ['sign'], false])
  })

  test.each(['ECDSA', 'Ed25519', 'RSA-PSS', 'X25519', 'AES-GCM'])('of %s come back after many others', async (name) => {
    const usages = { X25519: ['deriveBits'], 'AES-GCM': ['encrypt'] }[name] ?? ['sign', 'verify']
    const made = await run(`const params = { name: '${name}', hash: 'SHA-256', namedCurve: 'P-256', length: 128,
        modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) }
      const made = await subtle.generateKey(params, true, ${JSON.stringify(usages)})
      const key = made.privateKey ?? made
      const before = await subtle.exportKey('jwk', key)
      for (let i = 0; i < 200; i++) await subtle.importKey('raw', bytes('x'), { name: 'HMAC', hash: 'SHA-1' }, true, ['sign'])
      return [before, await subtle.exportKey('jwk', key)]`)
    const [before, after] = made as [object, object]
    expect(after).toEqual(before)
  })

  test('are of no use to another isolate', async () => {
    // User code may well meet them on their way out.
    const forge = `const { push } = Array.prototype
      Array.prototype.push = function (...items) {
        if (items[0]?.[0] === 1) items[0][1] = btoa('x'.repeat(80))
        return push.apply(this, items)
      }`
    const failed =
      await run(`const key = await subtle.importKey('raw', bytes('x'), { name: 'HMAC', hash: 'SHA-1' }, true, ['sign'])
      for (let i = 0; i < 200; i++) await subtle.importKey('raw', bytes('x'), { name: 'HMAC', hash: 'SHA-1' }, true, ['sign'])
      ${forge}
      ${failing(`subtle.sign('HMAC', key, bytes('text'))`)}`)
    expect(failed).toEqual(['OperationError', true, false])
  })

  test('can be cloned', async () => {
    const same = await run(`const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
      const clone = structuredClone({ key }).key
      const [one, two] = [await subtle.sign('HMAC', key, bytes('x')), await subtle.sign('HMAC', clone, bytes('x'))]
      return [clone !== key, hex(one) === hex(two)]`)
    expect(same).toEqual([true, true])
  })

  test('are nothing but what they show', async () => {
    const seen =
      await run(`const key = await subtle.importKey('raw', bytes('secret'), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
      return [JSON.stringify(key), Reflect.ownKeys(key), Object.prototype.toString.call(key)]`)
    expect(seen).toEqual(['{}', [], '[object CryptoKey]'])
  })
})

describe('processor time', () => {
  test("of the threads is the call's", async () => {
    const { fail, guest } = startHandler(
      `const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits'])
       const params = { name: 'PBKDF2', salt: new Uint8Array(8), iterations: 300_000, hash: 'SHA-512' }
       for (let i = 0; i < 100; i++) await crypto.subtle.deriveBits(params, key, 256)`,
    )
    const error = await fail({}, { cpuMs: 100 })
    expect(error.code).toBe('limit-cpu')
    expect(guest.cpuMs()).toBeGreaterThan(100)
    // The second of a hundred ended it.
    expect(guest.cpuMs()).toBeLessThan(10_000)
  })

  test('of 1,000 asks at once is little', async () => {
    expect(
      await run(`const all = await Promise.all(Array.from({ length: 1000 }, (_, i) => subtle.digest('SHA-256', new Uint8Array(i))))
        return new Set(all.map(hex)).size`),
    ).toBe(1000)
  })
})
